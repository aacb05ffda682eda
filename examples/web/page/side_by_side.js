// SPDX-License-Identifier: Apache-2.0
// CPU and GPU: a creature on both, cell for cell, and the difference.
import { CellCanvas } from './cell_canvas.js';
import { button, element, playback, segments, select, slider } from './controls.js';
import { GpuSide, availableApis } from './gpu_side.js';
import { Player } from './player.js';
import { compare, drawDifference } from './state_difference.js';
import { along } from './stroke.js';

const seed = 1;

function figure(title, cells, note) {
    return element('figure', 'experiment', cells.element, element('figcaption', '', element('h3', '', title), note));
}

export async function create({ nca, library, paused, fail }) {
    let cpu = null;
    let radius = 6;
    let frames = 0;
    let comparing = false;

    const figures = element('p', 'verdict-words difference-words');
    const processor = element('p', 'hint');
    const player = new Player({
        step: () => {
            cpu.step();
            gpu.world?.step();
        },
        draw: () => {
            left.show(cpu.rgba(), cpu.imageWidth, cpu.imageHeight);
            gpu.draw();
            if (frames++ % 6 === 0 || player.paused) measure().catch(fail);
        },
        paused,
    });

    function stroke(event) {
        const worlds = [cpu, gpu.world].filter((world) => world);
        if (!event.alternate) along(event, radius, (x, y) => worlds.forEach((world) => world.erase(x, y, radius)));
        else if (event.fromX === event.x && event.fromY === event.y) worlds.forEach((world) => world.plant(event.x, event.y));
        player.redraw();
    }
    const left = new CellCanvas({ label: 'The creature on the CPU', width: 72, height: 72, stroke });
    const difference = new CellCanvas({ label: 'The difference of both', width: 72, height: 72 });
    const gpu = new GpuSide({
        label: 'The creature on the GPU',
        stroke,
        say: (text) => (processor.textContent = text),
        made: copyState,
    });
    const views = [left, gpu.cells, difference];

    function copyState() {
        gpu.world?.load(cpu.state(), cpu.steps);
        player.redraw();
    }
    /** Compares the states of both, which have done the same steps. */
    async function measure() {
        const world = gpu.world;
        if (comparing || !world) return;
        comparing = true;
        try {
            const { steps, livingCells, channels, width, height } = cpu;
            const reading = world.state();
            const expected = cpu.state();
            const found = await reading;
            if (world !== gpu.world) return;
            const { each, largest, lives } = compare(expected, found, channels);
            difference.show(drawDifference(each), width, height);
            const most = largest === 0 ? 'There is no difference' : `The largest difference is ${largest.toExponential(1)}`;
            figures.textContent = `Step ${steps}: ${livingCells} cells alive; ${lives} live on one side alone. ${most}.`;
            Object.assign(figures.dataset, { steps, largest, lives });
        } catch (error) {
            if (world === gpu.world) throw error;
        } finally {
            comparing = false;
        }
    }

    function connect() {
        figures.textContent = '';
        const { model, width, height } = cpu;
        return gpu.connect(model, { width, height, seed, api: api.value, int8: weights.value === '8' });
    }
    const plant = () => cpu.plant(Math.floor(cpu.width / 2), Math.floor(cpu.height / 2));
    function restart() {
        cpu.reset();
        plant();
        if (gpu.world) copyState();
        else connect();
    }
    async function grow(entry) {
        const model = await library.model(entry);
        models.value = entry.id;
        cpu?.free();
        cpu = nca.world(model, { seed });
        for (const view of views) view.resize(cpu.width, cpu.height);
        plant();
        connect();
        player.redraw();
    }

    const choices = () => library.entries('growing').filter((entry) => !entry.adversary).map(({ id, title }) => [id, title]);
    const models = select('Creature', {
        options: choices(),
        value: 'lizard',
        change: (id) => grow(library.entry(id)).catch(fail),
    });
    library.addEventListener('change', () => models.setOptions(choices()));
    const known = await availableApis();
    const api = segments('On the GPU by', { options: known, value: known[0][0], change: connect });
    const weights = segments('Weights on the GPU', {
        options: [['32', '32 bits'], ['8', '8 bits']],
        value: '32',
        change: connect,
    });
    const brush = slider('Size of the brush', {
        min: 1,
        max: 20,
        value: radius,
        format: (value) => `${value} cells`,
        change: (value) => (left.radius = gpu.cells.radius = radius = value),
    });
    left.radius = gpu.cells.radius = radius;

    await grow(library.entry('lizard'));
    return {
        element: element('div', '',
            element('div', 'row sides',
                figure('CPU', left, element('p', 'hint', 'WebAssembly, one thread')),
                figure('GPU', gpu.cells, processor),
                figure('Difference', difference, element('p', 'hint',
                    'The most of any channel of a cell: pale 10\u207b\u2077, orange 10\u207b\u2074, black 1'))),
            figures,
            element('div', 'pair',
                element('div', 'controls', playback(player, { reset: restart }),
                    brush,
                    element('div', 'buttons', button('Copy the CPU\u2019s cells to the GPU', copyState))),
                element('div', 'controls', models, api, weights))),
        start: () => player.start(),
        stop: () => player.stop(),
        show: grow,
    };
}
