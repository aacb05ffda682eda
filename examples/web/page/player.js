// SPDX-License-Identifier: Apache-2.0
// Steps at an even pace and draws once per frame.

const period = 1000 / 60;
const budget = 12;      // milliseconds of a frame that steps may take

export class Player {
    #step;
    #draw;
    #frame = 0;
    #last = 0;
    #due = 0;
    #visible = false;
    #paused;

    /**
     * step() computes one step, draw() shows the state. Speed is in steps per sixtieth of a second, whatever the rate of
     * the screen.
     */
    constructor({ step, draw, speed = 1, paused = false }) {
        this.#step = step;
        this.#draw = draw;
        this.#paused = paused;
        this.speed = speed;
        this.onPause = () => {};
    }

    get paused() {
        return this.#paused;
    }

    set paused(value) {
        this.#paused = value;
        this.onPause(value);
        this.redraw();
    }

    start() {
        this.#visible = true;
        this.redraw();
    }

    stop() {
        this.#visible = false;
        cancelAnimationFrame(this.#frame);
        this.#frame = 0;
    }

    /** One step, for a player that is paused. */
    once() {
        this.#step();
        this.redraw();
    }

    /** Draws in the next frame: something was changed. */
    redraw() {
        if (!this.#visible || this.#frame) return;
        this.#last = 0;
        this.#frame = requestAnimationFrame((now) => this.#tick(now));
    }

    #tick(now) {
        this.#frame = 0;
        if (!this.#paused) {
            this.#advance(now);
            this.#frame = requestAnimationFrame((next) => this.#tick(next));
        }
        this.#draw();
    }

    #advance(now) {
        // Frames of a 60 Hz screen jitter: each counts as one, or a step would now and then be done twice.
        const frames = this.#last ? Math.min((now - this.#last) / period, 4) : 1;
        this.#last = now;
        this.#due += this.speed * (Math.abs(frames - 1) < 0.3 ? 1 : frames);
        const start = performance.now();
        while (this.#due >= 1) {
            this.#step();
            this.#due -= 1;
            if (performance.now() - start > budget) this.#due = 0;
        }
    }
}
