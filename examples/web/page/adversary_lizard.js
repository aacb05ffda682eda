// SPDX-License-Identifier: Apache-2.0
// A lizard under attack: adversaries among its cells, and matrices that act on the states of all of them.
import { CellCanvas } from './cell_canvas.js';
import { button, element, playback, segments, slider } from './controls.js';
import { Player } from './player.js';
import { along } from './stroke.js';

export async function createLizard({ nca, library, paused, fail }) {
    const world = nca.world(await library.model('lizard'));
    world.setAdversary(await library.model('no_tail_adversary'));
    const view = new CellCanvas({
        label: 'A lizard of cells, with adversaries in red among them. Paint with the arrow keys and space.',
        width: world.width,
        height: world.height,
        stroke: (stroke) => {
            along(stroke, radius, (x, y) => paint(x, y, stroke.alternate));
            player.redraw();
        },
    });
    const radius = 4;
    view.radius = radius;
    const player = new Player({
        step: () => world.step(),
        draw: () => view.show(world.rgba(), world.imageWidth, world.imageHeight),
        paused,
    });
    const plant = () => world.plant(Math.floor(world.width / 2), Math.floor(world.height / 2));

    function paint(x, y, alternate) {
        if (tool.value === 'cut') world.erase(x, y, radius);
        else world.assign(x, y, radius, !alternate);
    }

    const tool = segments('Brush', {
        options: [['adversaries', 'Adversaries'], ['cut', 'Cut']],
        value: 'adversaries',
    });

    function scatter(percent) {
        fraction.value = percent;
        world.scatter(percent / 100);
        player.redraw();
    }
    const fraction = slider('Adversaries among the cells', {
        min: 0,
        max: 60,
        value: 0,
        format: (percent) => `${percent}%`,
        change: scatter,
    });

    // A slider for every matrix.
    const parts = [];
    const known = new Set();
    const sliders = element('div', 'controls');
    async function addMatrices(entry) {
        if (known.has(entry)) return;
        known.add(entry);
        const model = await library.model(entry);
        for (const matrix of model.matrices) {
            const part = { model, matrix, coefficient: 0 };
            const title = model.matrices.length > 1 ? `${entry.title}: ${matrix}` : entry.title;
            part.slider = slider(title, {
                min: -1,
                max: 1,
                step: 0.05,
                value: 0,
                format: (coefficient) => coefficient.toFixed(2),
                change: (coefficient) => {
                    part.coefficient = coefficient;
                    perturb();
                },
            });
            part.slider.input.dataset.matrix = entry.id;
            parts.push(part);
            sliders.append(part.slider);
        }
    }
    function perturb() {
        const active = parts.filter(({ coefficient }) => coefficient !== 0);
        world.setPerturbations(active.map(({ model, matrix, coefficient }) => ({ model, matrix, coefficient })));
    }
    function rest() {
        for (const part of parts) part.slider.value = part.coefficient = 0;
        perturb();
    }
    for (const entry of library.entries('perturbations')) await addMatrices(entry);
    plant();

    return {
        element: element(
            'section',
            '',
            element('h2', '', 'A lizard loses its tail, or turns red'),
            element(
                'p',
                '',
                'Cells that follow a rule without a tail persuade their neighbours (section \u201cAdversarial ',
                'Injections for Growing CA\u201d); a matrix on the states of all cells, by as much as its slider ',
                'says, changes colour or shape (\u201cPerturbing the states of Growing CA\u201d).',
            ),
            element(
                'div',
                'bench',
                element('div', 'sheet', view.element),
                element(
                    'div',
                    'controls',
                    fraction,
                    tool,
                    sliders,
                    element(
                        'div',
                        'buttons',
                        button('All matrices to 0', rest),
                        button('Remove adversaries', () => scatter(0)),
                    ),
                    playback(player, {
                        reset: () => {
                            world.reset();
                            plant();
                        },
                        speeds: [-4, 3],
                    }),
                ),
            ),
        ),
        start: () => player.start(),
        stop: () => player.stop(),
        /** Matrices that were dropped on the page. */
        show: (entry) => addMatrices(entry).catch(fail),
    };
}
