// SPDX-License-Identifier: Apache-2.0
// Adversarial reprogramming: cells with another rule among digits and in a lizard, and matrices on the lizard's states.
import { createDigits } from './adversary_digits.js';
import { createLizard } from './adversary_lizard.js';
import { element } from './controls.js';

export async function create(context) {
    const digits = await createDigits(context);
    const lizard = await createLizard(context);
    return {
        element: element('div', 'attacks', digits.element, lizard.element),
        start() {
            digits.start();
            lizard.start();
        },
        stop() {
            digits.stop();
            lizard.stop();
        },
        show: lizard.show,
    };
}
