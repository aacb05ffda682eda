// SPDX-License-Identifier: Apache-2.0
// A creature on the GPU: its world, which takes a while to compile and may be lost, and its canvas.
import { CellCanvas } from './cell_canvas.js';
import { GpuWorld } from './nca.js';

export const apis = { webgl2: 'WebGL 2', webgpu: 'WebGPU' };

/** The APIs of this browser, as choices. */
export async function availableApis() {
    const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
    return Object.entries(apis).filter(([api]) => api !== 'webgpu' || adapter);
}

export class GpuSide {
    #world = null;
    #canvases = {};     // a canvas keeps the kind of its first context
    #wanted = 0;
    #last = Promise.resolve();

    /** stroke: of the brush. say(text): how the GPU is doing. made(world): there is a world, empty yet. */
    constructor({ label, stroke, say, made }) {
        this.cells = new CellCanvas({ label, width: 72, height: 72, stroke });
        this.say = say;
        this.made = made;
    }

    /** The world; null while there is none. */
    get world() {
        if (this.#world?.lost) this.#leave('The browser has taken the GPU away. Reset begins again.');
        return this.#world;
    }

    /** Makes a world, in place of the one before. One at a time is made, and of those that wait the last. */
    connect(model, options) {
        const turn = ++this.#wanted;
        this.#leave('Compiling the shader\u2026');
        this.#last = this.#last.then(() => this.#make(turn, model, options));
        return this.#last;
    }
    async #make(turn, model, options) {
        if (turn !== this.#wanted) return;
        const canvas = (this.#canvases[options.api] ??= document.createElement('canvas'));
        const started = performance.now();
        try {
            const world = await GpuWorld.create(model, { ...options, canvas });
            if (turn !== this.#wanted) {
                world.free();
                return;
            }
            this.#world = world;
            this.say(`${apis[options.api]}, compiled in ${Math.round(performance.now() - started)} ms`);
            this.made(world);
        } catch (error) {
            delete this.#canvases[options.api];
            if (turn === this.#wanted) this.#leave(`No GPU: ${error.message}.`);
        }
    }
    #leave(reason) {
        this.#world?.free();
        this.#world = null;
        this.say(reason);
    }

    draw() {
        if (!this.world) return;
        this.world.draw();
        this.cells.copy(this.world.canvas);
    }
}
