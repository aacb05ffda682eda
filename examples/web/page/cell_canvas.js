// SPDX-License-Identifier: Apache-2.0
// A canvas of cells with a brush: mouse, pen, finger, and a cursor that the arrow keys move.

const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class CellCanvas {
    #canvas = document.createElement('canvas');
    #cursor = document.createElement('div');
    #context = this.#canvas.getContext('2d', { alpha: false });
    #image = null;
    #width;
    #height;
    #radius = 0;
    #place;
    #last = null;       // where the stroke was
    #stroke;

    /**
     * width and height: of the grid in cells, the unit of all places; whole numbers are the middle of a cell.
     * stroke({ x, y, fromX, fromY, alternate }): the brush moved, or came down, where (x, y) is (fromX, fromY). alternate
     * is the right mouse button, a button with shift, and the enter key; space is the first button. Without stroke the
     * canvas only shows.
     * lift(): the brush was taken up.
     */
    constructor({ label, width, height, stroke = null, lift = () => {} }) {
        this.element = document.createElement('div');
        this.element.className = 'cells';
        this.#canvas.setAttribute('role', 'img');
        this.#canvas.setAttribute('aria-label', label);
        this.#cursor.className = 'brush';
        this.#cursor.hidden = true;
        this.element.append(this.#canvas, this.#cursor);
        this.resize(width, height);
        this.#stroke = stroke;
        this.lift = lift;
        if (stroke) this.#listen();
    }

    get canvas() {
        return this.#canvas;
    }

    /** Another grid. */
    resize(width, height) {
        this.#width = width;
        this.#height = height;
        this.#place = [Math.floor(width / 2), Math.floor(height / 2)];
        this.element.style.aspectRatio = `${width} / ${height}`;
    }

    /** Shows RGBA8 pixels, as many as world.rgba() gives: one per cell, or finer. */
    show(rgba, width, height) {
        if (this.#canvas.width !== width || this.#canvas.height !== height || !this.#image) {
            this.#canvas.width = width;
            this.#canvas.height = height;
            this.#image = new ImageData(width, height);
        }
        this.#image.data.set(rgba);
        this.#context.putImageData(this.#image, 0, 0);
    }

    /** Shows what another canvas does, pixel by pixel. */
    copy(canvas) {
        Object.assign(this.#canvas, { width: canvas.width, height: canvas.height });
        this.#image = null;
        this.#context.drawImage(canvas, 0, 0);
    }

    /** The radius of the brush in cells, drawn around the cursor. */
    set radius(value) {
        this.#radius = value;
        this.#moveCursor();
    }

    /** Where the cursor is. */
    get place() {
        return { x: this.#place[0], y: this.#place[1] };
    }

    #listen() {
        const canvas = this.#canvas;
        canvas.tabIndex = 0;
        canvas.setAttribute('role', 'application');
        canvas.addEventListener('pointerdown', (event) => {
            if (event.button !== 0 && event.button !== 2) return;
            event.preventDefault();
            canvas.focus({ preventScroll: true });
            canvas.setPointerCapture(event.pointerId);
            this.#place = this.#cellOf(event);
            this.#last = { place: this.#place, alternate: event.button === 2 || event.shiftKey };
            this.#paint();
            this.#moveCursor();
        });
        canvas.addEventListener('pointermove', (event) => {
            // All places since the last frame, so that a fast stroke has no corners.
            const events = this.#last ? (event.getCoalescedEvents?.() ?? []) : [];
            for (const one of events.length ? events : [event]) {
                this.#place = this.#cellOf(one);
                if (this.#last) this.#paint();
            }
            this.#cursor.hidden = false;
            this.#moveCursor();
        });
        for (const type of ['pointerup', 'pointercancel']) canvas.addEventListener(type, () => this.#end());
        canvas.addEventListener('pointerleave', () => {
            this.#cursor.hidden = !canvas.matches(':focus-visible');
        });
        canvas.addEventListener('contextmenu', (event) => event.preventDefault());
        canvas.addEventListener('keydown', (event) => this.#key(event));
        canvas.addEventListener('keyup', (event) => {
            if (event.key === ' ' || event.key === 'Enter') this.#end();
        });
        canvas.addEventListener('focus', () => {
            this.#cursor.hidden = !canvas.matches(':focus-visible');
            this.#moveCursor();
        });
        canvas.addEventListener('blur', () => {
            this.#cursor.hidden = true;
            this.#end();
        });
    }

    #key(event) {
        const move = moves[event.key];
        if (move) {
            const length = event.shiftKey ? 8 : 1;
            this.#place = [
                Math.min(Math.max(Math.round(this.#place[0]) + length * move[0], 0), this.#width - 1),
                Math.min(Math.max(Math.round(this.#place[1]) + length * move[1], 0), this.#height - 1),
            ];
            if (this.#last) this.#paint();
        } else if (event.key === ' ' || event.key === 'Enter') {
            if (!event.repeat) {
                this.#last = { place: this.#place, alternate: event.key === 'Enter' || event.shiftKey };
                this.#paint();
            }
        } else {
            return;
        }
        event.preventDefault();
        this.#cursor.hidden = false;
        this.#moveCursor();
    }

    #paint() {
        const [x, y] = this.#place;
        const [fromX, fromY] = this.#last.place;
        this.#last.place = this.#place;
        this.#stroke({ x, y, fromX, fromY, alternate: this.#last.alternate });
    }

    #end() {
        if (!this.#last) return;
        this.#last = null;
        this.lift();
    }

    #cellOf(event) {
        const box = this.#canvas.getBoundingClientRect();
        return [
            ((event.clientX - box.left) / box.width) * this.#width - 0.5,
            ((event.clientY - box.top) / box.height) * this.#height - 0.5,
        ];
    }

    #moveCursor() {
        if (this.#cursor.hidden) return;
        const size = Math.max(2 * this.#radius, 1);
        const style = this.#cursor.style;
        style.width = `${(100 * size) / this.#width}%`;
        style.left = `${(100 * (this.#place[0] + 0.5 - size / 2)) / this.#width}%`;
        style.top = `${(100 * (this.#place[1] + 0.5 - size / 2)) / this.#height}%`;
    }
}
