// SPDX-License-Identifier: Apache-2.0
// Adversaries among the cells of digits: whatever is drawn, all agree on 8.
import { button, element, playback, segments, slider } from './controls.js';
import { DigitBoard } from './digit_board.js';
import { Player } from './player.js';
import { examples } from './shapes.js';
import { along } from './stroke.js';

export async function createDigits({ nca, library, paused }) {
    const board = new DigitBoard({
        nca,
        model: await library.model('l2_noise'),
        label: 'A digit of cells, with adversaries in red among them. Paint with the arrow keys and space.',
        stroke: paint,
        changed: () => player.redraw(),
        drawn: () => board.world.scatter(fraction.value / 100),
    });
    const adversary = await library.model('always8');
    board.world.setAdversary(adversary);
    const player = new Player({ step: () => board.world.step(), draw: () => board.show(), speed: 0.5, paused });

    function paint(stroke) {
        if (tool.value === 'draw') board.pen(stroke, stroke.alternate);
        else along(stroke, 1, (x, y) => board.world.assign(x, y, stroke.alternate ? 3 : 1, !stroke.alternate));
    }

    function scatter(percent) {
        fraction.value = percent;
        board.world.scatter(percent / 100);
        player.redraw();
    }

    const fraction = slider('Adversaries among the cells', {
        min: 0,
        max: 50,
        value: 0,
        format: (percent) => `${percent}%`,
        change: scatter,
    });
    const tool = segments('Brush', {
        options: [['adversaries', 'Adversaries'], ['draw', 'Draw']],
        value: 'adversaries',
    });
    board.put(examples[3]);

    return {
        element: element(
            'section',
            '',
            element('h2', '', 'Every digit is an 8'),
            element(
                'p',
                '',
                'A tenth of the cells follow a rule that was trained to lie; the others are as honest as before, ',
                'and yet all of them come to say 8. Take the adversaries away, and the truth returns (section ',
                '\u201cAdversarial MNIST CA\u201d).',
            ),
            element(
                'div',
                'bench',
                element(
                    'div',
                    'sheet',
                    board.view.element,
                    board.verdict.sentence,
                    element(
                        'div',
                        'buttons',
                        button('Hijack: scatter 10%', () => scatter(10), { primary: true }),
                        button('Remove all', () => scatter(0)),
                    ),
                    board.examples,
                ),
                element(
                    'div',
                    'controls',
                    fraction,
                    tool,
                    board.verdict.bars,
                    playback(player, { reset: () => board.forget(), speeds: [-4, 3] }),
                ),
            ),
        ),
        start: () => player.start(),
        stop: () => player.stop(),
    };
}
