// SPDX-License-Identifier: Apache-2.0
// Worlds on the GPU, by the shaders of models; nca.d.ts describes them.
import { NcaError, checkNames, choice, number } from './module.js';
import { checkState, disc, gridOf } from './world.js';

// The cells of a world lie in a class of one of these modules, of the name `Cells`, with
//
//     lost                                   whether the browser has taken the GPU away
//     step(number)                           the step after so many
//     write(x, y, width, height, state)      a rectangle of cells, [height][width][channels]
//     read()                                 the state, as a promise
//     draw(), free()
const apis = { webgl2: './webgl.js', webgpu: './webgpu.js' };
const names = ['width', 'height', 'seed', 'api', 'int8', 'canvas'];

export class GpuWorld {
    #cells;

    static async create(model, options = {}) {
        if (typeof model?.shader !== 'function') throw new NcaError('GpuWorld: expected a model');
        checkNames('GpuWorld', options, names);
        const { width, height, seed } = gridOf('GpuWorld', model, options);
        const known = Object.keys(apis);
        const api = known[choice('api', options.api ?? known[0], known)];
        const shader = model.shader({ language: api === 'webgpu' ? 'wgsl' : 'glsl', int8: options.int8 });
        const canvas = options.canvas ?? new OffscreenCanvas(width, height);
        Object.assign(canvas, { width, height });
        const { Cells } = await import(apis[api]);
        const grid = { width, height, channels: model.channels, groups: Math.ceil(model.channels / 4) };
        const key = [seed % 2 ** 32, Math.floor(seed / 2 ** 32)];
        return new GpuWorld(await Cells.create(shader, grid, key, canvas),
            { model, system: model.system, api, canvas, width, height, channels: model.channels });
    }

    /** Not for callers: create() makes worlds. */
    constructor(cells, properties) {
        this.#cells = cells;
        this.steps = 0;
        Object.assign(this, properties);
    }

    get lost() {
        return this.#cells !== null && this.#cells.lost;
    }
    #usable() {
        if (this.#cells === null) throw new NcaError('this world was freed');
        if (this.#cells.lost) throw new NcaError('the browser has taken the GPU away: create the world again');
        return this.#cells;
    }

    step(count = 1) {
        const cells = this.#usable();
        for (let left = number('step', count, 0, 1e9, true); left > 0; --left) cells.step(this.steps++);
    }
    state() {
        return this.#usable().read();
    }
    load(state, steps = this.steps) {
        checkState(state, this.width * this.height * this.channels);
        const done = number('steps', steps, 0, 2 ** 32 - 1, true);
        this.#usable().write(0, 0, this.width, this.height, state);
        this.steps = done;
    }

    plant(x, y) {
        if (this.system !== 'growing') throw new NcaError('only creatures are planted');
        const [column, row] = disc(x, y, 0).map(Math.round);
        if (column < 0 || row < 0 || column >= this.width || row >= this.height) return;
        this.#usable().write(column, row, 1, 1, new Float32Array(this.channels).fill(1, 3));
    }
    erase(x, y, radius) {
        disc(x, y, radius);
        const cells = this.#usable();
        for (let row = Math.max(Math.ceil(y - radius), 0); row < Math.min(y + radius, this.height); ++row) {
            const half = Math.sqrt(radius ** 2 - (row - y) ** 2);
            // Cells nearer than the radius, those on the circle not.
            const first = Math.max(Math.floor(x - half) + 1, 0);
            const end = Math.min(Math.ceil(x + half), this.width);
            if (first < end) cells.write(first, row, end - first, 1, new Float32Array((end - first) * this.channels));
        }
    }

    draw() {
        this.#usable().draw();
    }
    free() {
        this.#cells?.free();
        this.#cells = null;
    }
}
