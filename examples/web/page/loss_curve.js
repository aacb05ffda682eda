// SPDX-License-Identifier: Apache-2.0
// The loss over the iterations, on a logarithmic scale, in the colours of the theme.
import { element } from './controls.js';

const margin = { left: 44, right: 8, top: 8, bottom: 22 };

export class LossCurve {
    #canvas = element('canvas', 'loss');
    #losses = [];

    constructor() {
        this.#canvas.setAttribute('role', 'img');
        this.clear();
        addEventListener('themechange', () => this.draw());
        matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
        new ResizeObserver(() => this.draw()).observe(this.#canvas);
    }

    get element() {
        return this.#canvas;
    }

    clear() {
        this.#losses = [];
        this.#canvas.setAttribute('aria-label', 'Loss curve, empty');
        this.draw();
    }

    add(losses) {
        this.#losses.push(...losses);
        const last = this.#losses.at(-1);
        this.#canvas.setAttribute('aria-label',
            `Loss curve: ${this.#losses[0].toExponential(1)} at first, now ${last.toExponential(1)}`);
        this.draw();
    }

    draw() {
        const { clientWidth: width, clientHeight: height } = this.#canvas;
        if (!width) return;
        const scale = devicePixelRatio;
        this.#canvas.width = Math.round(width * scale);
        this.#canvas.height = Math.round(height * scale);
        const context = this.#canvas.getContext('2d');
        context.scale(scale, scale);
        const styles = getComputedStyle(document.documentElement);
        const colour = (name) => styles.getPropertyValue(name).trim();
        const plot = {
            width: width - margin.left - margin.right,
            height: height - margin.top - margin.bottom,
        };
        const finite = this.#losses.filter((loss) => loss > 0 && Number.isFinite(loss));
        const low = finite.length ? Math.floor(Math.log10(finite.reduce((a, b) => Math.min(a, b)))) : -4;
        const high = finite.length ? Math.ceil(Math.log10(finite.reduce((a, b) => Math.max(a, b)))) : 0;
        const span = Math.max(high - low, 1);
        const yOf = (loss) => margin.top + plot.height * (1 - (Math.log10(loss) - low) / span);

        context.font = '12px system-ui, sans-serif';
        context.fillStyle = colour('--quiet');
        context.strokeStyle = colour('--line');
        context.lineWidth = 1;
        context.textBaseline = 'middle';
        context.textAlign = 'right';
        for (let decade = low; decade <= low + span; ++decade) {
            const y = Math.round(yOf(10 ** decade)) + 0.5;
            context.beginPath();
            context.moveTo(margin.left, y);
            context.lineTo(width - margin.right, y);
            context.stroke();
            context.fillText(decade >= -3 ? String(10 ** decade) : `1e${decade}`, margin.left - 6, y);
        }
        const count = this.#losses.length;
        context.textBaseline = 'alphabetic';
        context.fillText(count ? `${count.toLocaleString('en')} iterations` : '', width - margin.right, height - 5);
        context.textAlign = 'left';
        context.fillText('loss', margin.left, height - 5);
        if (count < 2) return;

        // The range of the losses under each pixel, faint, and their geometric mean over it.
        const columns = Math.min(count, Math.floor(plot.width));
        const middle = [];
        context.strokeStyle = colour('--accent');
        context.globalAlpha = 0.35;
        context.beginPath();
        for (let column = 0; column < columns; ++column) {
            const part = this.#losses.slice(Math.floor((column * count) / columns), Math.floor(((column + 1) * count) / columns))
                .filter((loss) => loss > 0 && Number.isFinite(loss));
            if (!part.length) continue;
            const x = margin.left + (plot.width * column) / Math.max(columns - 1, 1);
            context.moveTo(x, yOf(Math.min(...part)));
            context.lineTo(x, yOf(Math.max(...part)) - 0.5);
            middle.push([x, part.reduce((sum, loss) => sum + Math.log10(loss), 0) / part.length]);
        }
        context.stroke();
        context.globalAlpha = 1;
        context.lineWidth = 1.75;
        context.lineJoin = 'round';
        context.beginPath();
        let mean = middle[0]?.[1];
        for (const [x, value] of middle) {
            mean += 0.25 * (value - mean);
            context.lineTo(x, yOf(10 ** mean));
        }
        context.stroke();
    }
}
