// SPDX-License-Identifier: Apache-2.0
// Small pictures of textures, which grow by their own rules beside what the page shows.

const side = 40;        // cells
const enough = 400;     // steps
const pause = 25;       // milliseconds between two times

export class Thumbnails {
    #nca;
    #still;
    #growing = [];
    #timer = 0;
    #visible = false;

    /** still: they are shown once they have grown, and do not move. */
    constructor(nca, { still }) {
        this.#nca = nca;
        this.#still = still;
    }

    /** The canvas in which the texture of a model will grow. */
    add(model) {
        const canvas = document.createElement('canvas');
        Object.assign(canvas, { width: side, height: side });
        canvas.setAttribute('aria-hidden', 'true');
        this.#growing.push({ world: this.#nca.world(model, { width: side, height: side }), canvas });
        if (this.#visible) this.start();
        return canvas;
    }

    start() {
        clearInterval(this.#timer);
        this.#visible = true;
        this.#timer = setInterval(() => this.#grow(), pause);
    }

    stop() {
        clearInterval(this.#timer);
        this.#visible = false;
    }

    /** A few steps of one of them, in turn. */
    #grow() {
        const next = this.#growing.shift();
        if (!next) {
            clearInterval(this.#timer);
            return;
        }
        const { world, canvas } = next;
        world.step(4);
        const grown = world.steps >= enough;
        if (grown || !this.#still) {
            const { imageWidth, imageHeight } = world;
            canvas.getContext('2d').putImageData(new ImageData(world.rgba().slice(), imageWidth, imageHeight), 0, 0);
        }
        if (grown) world.free();
        else this.#growing.push(next);
    }
}
