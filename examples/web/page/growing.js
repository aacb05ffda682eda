// SPDX-License-Identifier: Apache-2.0
// Grow: a creature to plant, cut and turn, and the article's four experiments side by side.
import { button, element, playback, segments, select, slider } from './controls.js';
import { Creature } from './creature.js';
import { createExperiments } from './experiments.js';
import { Player } from './player.js';

export async function create({ nca, library, paused, fail }) {
    const figures = element('p', 'hint figures');
    const creature = new Creature(nca, { label: 'A creature of cells', changed: () => player.redraw() });
    let frames = 0;
    const player = new Player({
        step: () => creature.world.step(),
        draw: () => {
            creature.draw();
            if (frames++ % 15 === 0 || player.paused) describe();
        },
        paused,
    });

    function describe() {
        const { steps, livingCells } = creature.world;
        figures.textContent = `Step ${steps} \u00b7 ${livingCells} cells alive`;
    }

    async function grow(entry) {
        const model = await library.model(entry);
        creature.grow(model);
        models.value = entry.id;
        describe();
        player.redraw();
    }

    const entries = () => library.entries('growing').filter((entry) => !entry.adversary);
    const choices = () => entries().map(({ id, title }) => [id, title]);
    const models = select('Creature', {
        options: choices(),
        value: 'lizard',
        change: (id) => grow(library.entry(id)).catch(fail),
    });
    library.addEventListener('change', () => models.setOptions(choices()));

    const tool = segments('Brush', {
        options: [['cut', 'Cut'], ['plant', 'Plant']],
        value: 'cut',
        change: (value) => (creature.tool = value),
    });
    const radius = slider('Size of the brush', {
        min: 1,
        max: 20,
        value: creature.radius,
        format: (value) => `${value} cells`,
        change: (value) => (creature.cells.radius = creature.radius = value),
    });
    const angle = slider('Rotation', {
        min: -180,
        max: 180,
        step: 5,
        value: 0,
        format: (value) => `${value}\u00b0`,
        change: (value) => creature.set({ angle: value }),
    });
    const fireRate = slider('Cells that update in a step', {
        min: 0.05,
        max: 1,
        step: 0.05,
        value: 0.5,
        format: (value) => `${Math.round(100 * value)}%`,
        change: (value) => creature.set({ fireRate: value }),
    });
    const boundary = segments('Beyond the edge', {
        options: [['zero', 'Nothing'], ['torus', 'The other side']],
        value: 'zero',
        change: (value) => creature.set({ boundary: value }),
    });
    const act = (action) => () => {
        action();
        player.redraw();
    };
    const controls = element('div', 'controls',
        playback(player, { reset: () => creature.restart() }),
        models,
        tool,
        radius,
        element('div', 'buttons',
            button('Plant in the middle', act(() => creature.plant())),
            button('Clear', act(() => creature.world.clear()))),
        angle,
        fireRate,
        boundary);

    const stage = element('div', '', creature.element, figures, element('p', 'hint',
        'Drag to cut; with shift or the right button, plant. On the keyboard: arrows move the brush, space cuts, enter plants.'));
    const experiments = createExperiments({ nca, library, paused, fail });

    await grow(library.entry('lizard'));
    return {
        element: element('div', '', element('div', 'bench', stage, controls), experiments.element),
        start() {
            player.start();
            experiments.start();
        },
        stop() {
            player.stop();
            experiments.stop();
        },
        show: grow,
    };
}
