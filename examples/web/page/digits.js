// SPDX-License-Identifier: Apache-2.0
// Self-classifying digits: draw one, and its cells argue about which it is.
import { button, element, playback, segments, select, slider } from './controls.js';
import { DigitBoard } from './digit_board.js';
import { Player } from './player.js';
import { examples } from './shapes.js';

const percent = (value) => `${Math.round(100 * value)}%`;

export async function create({ nca, library, paused, fail }) {
    const board = new DigitBoard({
        nca,
        model: await library.model('l2_noise'),
        label: 'A digit of cells, in the colours of the digits that they vote for. Draw with the arrow keys and space.',
        stroke: (event) => board.pen(event, event.alternate || tool.value === 'erase'),
        changed: () => player.redraw(),
    });
    const player = new Player({
        step: () => board.world.step(),
        draw: () => board.show(),
        speed: 0.5,
        paused,
    });

    const tool = segments('Brush', {
        options: [['draw', 'Draw'], ['erase', 'Erase']],
        value: 'draw',
        change: (value) => (board.erases = value === 'erase'),
    });
    const pen = slider('Pen', {
        min: 1.5,
        max: 6,
        step: 0.5,
        value: 2.5,
        format: (cells) => `${cells} cells`,
        change: (cells) => (board.penWidth = cells),
    });
    const noise = slider('Noise on every update', {
        min: 0,
        max: 0.2,
        step: 0.01,
        value: board.world.options.noise,
        format: (value) => value.toFixed(2),
        change: (value) => board.world.set({ noise: value }),
    });
    const fireRate = slider('Cells that update in a step', {
        min: 0.05,
        max: 1,
        step: 0.05,
        value: board.world.options.fireRate,
        format: percent,
        change: (value) => board.world.set({ fireRate: value }),
    });
    const entries = () => library.entries('mnist').filter(({ adversary }) => !adversary);
    const options = () => entries().map(({ id, title }) => [id, title]);

    async function use(entry) {
        board.use(await library.model(entry));
        model.value = entry.id;
        noise.value = board.world.options.noise;
        fireRate.value = board.world.options.fireRate;
        player.redraw();
    }
    const model = select('Model', {
        options: options(),
        value: 'l2_noise',
        change: (id) => use(library.entry(id)).catch(fail),
    });
    library.addEventListener('change', () => model.setOptions(options()));

    board.put(examples.find(({ label }) => label === '4 or 9'));
    return {
        element: element(
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
                    button('Clear', () => board.clear()),
                    button('Cut a piece off', () => board.cut(5)),
                ),
                board.examples,
            ),
            element(
                'div',
                'controls',
                board.verdict.bars,
                tool,
                pen,
                playback(player, { reset: () => board.forget(), speeds: [-4, 3] }),
                element(
                    'details',
                    '',
                    element('summary', '', 'Model, noise, fire rate'),
                    element('div', 'controls', model, noise, fireRate),
                ),
                element(
                    'p',
                    'hint',
                    'Another example is put under the cells, which keep what they know where there is ink in ',
                    'both: the mutations of the article (section \u201cExperiment 1: Self-classify, persist and ',
                    'mutate\u201d). The last four examples lie between two digits, and their cells may never ',
                    'agree.',
                ),
            ),
        ),
        start: () => player.start(),
        stop: () => player.stop(),
        show: use,
    };
}
