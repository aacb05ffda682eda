// SPDX-License-Identifier: Apache-2.0
// A sheet of cells to draw digits on, with a row of examples and the verdict of the cells.
import { CellCanvas } from './cell_canvas.js';
import { button, element } from './controls.js';
import { drawShape, examples, picture } from './shapes.js';
import { VerdictView } from './verdict.js';

export class DigitBoard {
    #nca;
    #width = 2.5;
    #wide = false;

    /**
     * stroke({ x, y, fromX, fromY, alternate }): what the brush does. drawn(): another drawing was put under the cells.
     * changed(): the cells are others than those that were shown.
     */
    constructor({ nca, model, label, stroke, drawn = () => {}, changed }) {
        this.#nca = nca;
        this.drawn = drawn;
        this.changed = changed;
        this.world = nca.world(model);
        this.view = new CellCanvas({
            label,
            width: this.world.width,
            height: this.world.height,
            stroke: (event) => {
                stroke(event);
                this.changed();
            },
        });
        this.verdict = new VerdictView();
        this.examples = element(
            'div',
            'examples',
            ...examples.map((shape) => {
                const node = button('', () => this.put(shape));
                node.append(picture(shape), element('span', '', shape.label));
                node.setAttribute('aria-label', `Example: ${shape.label}`);
                return node;
            }),
        );
        this.examples.setAttribute('role', 'group');
        this.examples.setAttribute('aria-label', 'Examples');
        this.penWidth = this.#width;
    }

    /** The width of the pen in cells. The eraser is three times as wide. */
    set penWidth(cells) {
        this.#width = cells;
        this.erases = this.#wide;
    }

    /** Whether the cursor is that of the eraser. */
    set erases(erases) {
        this.#wide = erases;
        this.view.radius = (this.#width * (erases ? 3 : 1)) / 2;
    }

    pen({ fromX, fromY, x, y }, erase) {
        this.world.draw(fromX, fromY, x, y, this.#width * (erase ? 3 : 1), erase);
    }

    /** Another model; the drawing stays, and its cells know nothing yet. */
    use(model) {
        const ink = this.world.state();
        const before = this.world;
        this.world = this.#nca.world(model);
        before.free();
        this.#load(ink, null);
    }

    clear() {
        this.world.clear();
        this.changed();
    }

    /** The cells forget all but their ink. */
    forget() {
        this.#load(this.world.state(), null);
    }

    /** Another drawing. Cells that have ink in both keep their states: the mutation of the article. */
    put(shape) {
        const before = this.world.state();
        this.world.clear();
        drawShape(this.world, shape, (this.world.width - 1) / 2, (this.world.height - 1) / 2);
        this.#load(this.world.state(), before);
        this.drawn();
        this.changed();
    }

    /** Erases what is around a random cell with ink. */
    cut(radius) {
        const { channels, width } = this.world;
        const state = this.world.state();
        const cells = [];
        for (let cell = 0; cell * channels < state.length; ++cell) if (state[cell * channels] > 0.5) cells.push(cell);
        if (cells.length === 0) return;
        const cell = cells[Math.floor(Math.random() * cells.length)];
        this.world.erase(cell % width, Math.floor(cell / width), radius);
        this.changed();
    }

    show() {
        this.view.show(this.world.rgba(), this.world.imageWidth, this.world.imageHeight);
        this.verdict.show(this.world.verdict());
    }

    /** The ink of one state with what the cells knew in another. */
    #load(ink, known) {
        const { channels } = this.world;
        for (let at = 0; at < ink.length; at += channels) {
            const keeps = known !== null && ink[at] > 0.1 && known[at] > 0.1;
            for (let channel = 1; channel < channels; ++channel) ink[at + channel] = keeps ? known[at + channel] : 0;
        }
        this.world.load(ink);
    }
}
