// SPDX-License-Identifier: Apache-2.0
// A creature on a canvas: its world, and a brush that cuts and plants.
import { CellCanvas } from './cell_canvas.js';

export class Creature {
    #nca;
    #options = {};
    world = null;
    radius = 6;
    tool = 'cut';

    /** changed() is called when the brush changed the cells. */
    constructor(nca, { label, changed = () => {} }) {
        this.#nca = nca;
        this.cells = new CellCanvas({
            label,
            width: 72,
            height: 72,
            stroke: ({ x, y, fromX, fromY, alternate }) => {
                if ((this.tool === 'cut') !== alternate) this.#cut(fromX, fromY, x, y);
                else if (fromX === x && fromY === y) this.world?.plant(Math.round(x), Math.round(y));
                changed();
            },
        });
        this.cells.radius = this.radius;
    }

    get element() {
        return this.cells.element;
    }

    /** A new world of a model, with a seed in its middle. */
    grow(model, seed = 1) {
        this.world?.free();
        this.world = this.#nca.world(model, { seed });
        this.world.set(this.#options);
        this.cells.resize(this.world.width, this.world.height);
        this.plant();
    }

    /** The same cells with other weights. */
    follow(model, seed) {
        const world = this.#nca.world(model, { width: this.world.width, height: this.world.height, seed });
        world.set(this.#options);
        world.load(this.world.state());
        this.world.free();
        this.world = world;
    }

    set(options) {
        Object.assign(this.#options, options);
        this.world?.set(options);
    }

    plant() {
        this.world.plant(Math.floor(this.world.width / 2), Math.floor(this.world.height / 2));
    }

    restart() {
        if (!this.world) return;
        this.world.reset();
        this.plant();
    }

    draw() {
        if (this.world) this.cells.show(this.world.rgba(), this.world.imageWidth, this.world.imageHeight);
    }

    #cut(fromX, fromY, x, y) {
        const pieces = Math.max(1, Math.ceil(Math.hypot(x - fromX, y - fromY) / Math.max(this.radius / 2, 1)));
        for (let i = 1; i <= pieces; ++i) {
            const at = i / pieces;
            this.world?.erase(fromX + at * (x - fromX), fromY + at * (y - fromY), this.radius);
        }
    }
}
