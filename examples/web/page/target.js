// SPDX-License-Identifier: Apache-2.0
// The image that a creature shall become: drawn by hand, an emoji or a picture, shown in cells as the training sees it.
import { CellCanvas } from './cell_canvas.js';
import { button, element, slider } from './controls.js';

const detail = 320;     // pixels of the drawing, whatever the number of cells
const colours = [
    ['#2b2b2b', 'Black'], ['#8a5a33', 'Brown'], ['#d63b2f', 'Red'], ['#f29a2e', 'Orange'], ['#f4d93e', 'Yellow'],
    ['#3f9e4d', 'Green'], ['#2f7fd6', 'Blue'], ['#8e55c4', 'Purple'], ['#f5f5f5', 'White'],
];
const emoji = ['\u{1f98e}', '\u{1f344}', '\u{1f40c}', '\u{1f419}', '\u{1f98b}', '\u{1f338}', '\u{1f420}', '\u2764\ufe0f'];

/** The mean of the pixels under each cell; colours count as much as they are opaque. */
function reduce({ data, width }, size) {
    const result = new Uint8ClampedArray(size * size * 4);
    for (let y = 0; y < size; ++y) {
        for (let x = 0; x < size; ++x) {
            const sum = [0, 0, 0, 0];
            let count = 0;
            for (let row = Math.floor((y * width) / size); row < Math.ceil(((y + 1) * width) / size); ++row) {
                for (let column = Math.floor((x * width) / size); column < Math.ceil(((x + 1) * width) / size); ++column) {
                    const at = 4 * (row * width + column);
                    for (let i = 0; i < 3; ++i) sum[i] += data[at + i] * data[at + 3];
                    sum[3] += data[at + 3];
                    count += 1;
                }
            }
            const to = 4 * (y * size + x);
            for (let i = 0; i < 3; ++i) result[to + i] = sum[3] ? sum[i] / sum[3] : 0;
            result[to + 3] = sum[3] / count;
        }
    }
    return result;
}

function overWhite(data) {
    const result = new Uint8ClampedArray(data.length).fill(255);
    for (let at = 0; at < data.length; at += 4) {
        const alpha = data[at + 3] / 255;
        for (let i = 0; i < 3; ++i) result[at + i] = 255 + alpha * (data[at + i] - 255);
    }
    return result;
}

export class TargetEditor {
    #context;
    #cells;
    #size = 24;
    #colour = colours[5][0];
    #brush = 2.5;       // cells wide
    #empty = true;
    #emojiField;

    constructor({ fail }) {
        const canvas = document.createElement('canvas');
        canvas.width = canvas.height = detail;
        this.#context = canvas.getContext('2d', { willReadFrequently: true });
        this.#context.lineCap = 'round';
        this.#cells = new CellCanvas({
            label: 'The target: draw here',
            width: this.#size,
            height: this.#size,
            stroke: (stroke) => this.#paint(stroke),
        });
        this.#cells.radius = this.#brush / 2;
        this.element = element('div', 'controls target', this.#cells.element, this.#palette(), this.#emoji(fail));
        this.#show();
    }

    get size() {
        return this.#size;
    }

    get empty() {
        return this.#empty;
    }

    /** The target as { width, height, data }. */
    get target() {
        return { width: this.#size, height: this.#size, data: this.#reduced() };
    }

    /** Draws an emoji, or any other text, as large as fits. */
    write(text) {
        const context = this.#context;
        this.#clear();
        context.save();
        context.font = '200px "Apple Color Emoji", "Segoe UI Emoji", "Noto Color Emoji", sans-serif';
        const box = context.measureText(text);
        const width = box.actualBoundingBoxLeft + box.actualBoundingBoxRight;
        const height = box.actualBoundingBoxAscent + box.actualBoundingBoxDescent;
        const scale = (0.96 * detail) / Math.max(width, height, 1);
        context.translate(detail / 2, detail / 2);
        context.scale(scale, scale);
        context.fillStyle = this.#colour;
        context.fillText(text, box.actualBoundingBoxLeft - width / 2, box.actualBoundingBoxAscent - height / 2);
        context.restore();
        this.#empty = width === 0;
        this.#show();
    }

    /** Takes a picture file. */
    async picture(file) {
        let image;
        try {
            image = await createImageBitmap(file);
        } catch {
            throw new Error('This is not a picture that the browser can read.');
        }
        const scale = detail / Math.max(image.width, image.height);
        const [width, height] = [image.width * scale, image.height * scale];
        this.#clear();
        this.#context.imageSmoothingQuality = 'high';
        this.#context.drawImage(image, (detail - width) / 2, (detail - height) / 2, width, height);
        image.close();
        this.#empty = false;
        this.#show();
    }

    #palette() {
        const swatches = colours.map(([colour, name]) => {
            const node = button('', () => pick(colour), { title: name });
            node.className = 'swatch';
            node.setAttribute('aria-label', name);
            node.style.background = colour;
            return node;
        });
        const own = element('input');
        Object.assign(own, { type: 'color', value: this.#colour, title: 'Another colour' });
        own.setAttribute('aria-label', 'Another colour');
        const pick = (colour) => {
            this.#colour = own.value = colour;
            swatches.forEach((node, i) => node.setAttribute('aria-pressed', String(colours[i][0] === colour)));
        };
        own.addEventListener('input', () => pick(own.value));
        pick(this.#colour);
        const brush = slider('Brush', {
            min: 1, max: 10, step: 0.5, value: this.#brush,
            format: (value) => `${value} cells`,
            change: (value) => {
                this.#brush = value;
                this.#cells.radius = value / 2;
            },
        });
        const size = slider('Size of the target', {
            min: 16, max: 40, value: this.#size,
            format: (value) => `${value} \u00d7 ${value} cells`,
            change: (value) => {
                this.#size = value;
                this.#cells.resize(value, value);
                this.#show();
            },
        });
        const clear = button('Clear', () => {
            this.#clear();
            this.#empty = true;
            this.#show();
        });
        return element('div', 'controls', element('div', 'buttons swatches', ...swatches, own, clear), brush, size);
    }

    #emoji(fail) {
        const field = this.#emojiField = element('input');
        Object.assign(field, { type: 'text', maxLength: 12, placeholder: 'or type one' });
        field.setAttribute('aria-label', 'Emoji or letter');
        field.addEventListener('input', () => field.value.trim() && this.write(field.value.trim()));
        const file = element('input');
        Object.assign(file, { type: 'file', accept: 'image/*' });
        file.addEventListener('change', () => {
            if (file.files.length) this.picture(file.files[0]).catch(fail);
            file.value = '';
        });
        const buttons = emoji.map((text) => {
            const node = button(text, () => this.write(text));
            node.className = 'emoji';
            return node;
        });
        return element('div', 'buttons', ...buttons, field, element('label', 'file as-button', 'Picture\u2026', file));
    }

    #paint({ x, y, fromX, fromY, alternate }) {
        const context = this.#context;
        const scale = detail / this.#size;
        // Cells have their middle at whole numbers.
        const at = (value) => (value + 0.5) * scale;
        context.globalCompositeOperation = alternate ? 'destination-out' : 'source-over';
        context.strokeStyle = this.#colour;
        context.lineWidth = this.#brush * scale;
        context.beginPath();
        context.moveTo(at(fromX), at(fromY));
        context.lineTo(at(x), at(y) + 0.01);
        context.stroke();
        context.globalCompositeOperation = 'source-over';
        this.#empty = false;
        this.#show();
    }

    #clear() {
        this.#context.clearRect(0, 0, detail, detail);
    }

    #reduced() {
        return reduce(this.#context.getImageData(0, 0, detail, detail), this.#size);
    }

    #show() {
        this.#cells.show(overWhite(this.#reduced()), this.#size, this.#size);
    }
}
