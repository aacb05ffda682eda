// SPDX-License-Identifier: Apache-2.0
// Worlds; nca.d.ts describes them.
import { Handle, NcaError, checkNames, choice, maxSeed, number } from './module.js';

const boundaries = ['zero', 'torus', 'replicate', 'reflect'];
const lattices = ['square', 'hexagonal'];
const alignments = ['cartesian', 'polar', 'bipolar'];

// The options in the order of the engine, each from and to a number.
const plain = (min, max) => ({ pack: (name, value) => number(name, value, min, max), unpack: (value) => value });
const word = (words) => ({ pack: (name, value) => choice(name, value, words), unpack: (value) => words[value] });
const fields = {
    fireRate: plain(0, 1),
    stepSize: plain(-100, 100),
    angle: plain(-1e6, 1e6),
    boundary: word(boundaries),
    noise: plain(0, 100),
    lattice: word(lattices),
    alignment: word(alignments),
};
const names = Object.keys(fields);
// Those that only some systems have.
const systems = { noise: 'mnist', lattice: 'texture', alignment: 'texture' };

const defaultSide = { growing: 72, mnist: 56, texture: 128 };
const maxSide = 4096;
const maxCells = 1 << 20;
const far = 1e6;

/** The grid and the seed of a world, from its options. */
export function gridOf(name, model, options) {
    const side = (key) => number(key, options[key] ?? (model[key] || defaultSide[model.system] || 1), 1, maxSide, true);
    const [width, height] = [side('width'), side('height')];
    if (width * height > maxCells) throw new NcaError(`${name}: at most ${maxCells} cells`);
    return { width, height, seed: number('seed', options.seed ?? 1, 0, maxSeed, true) };
}
/** Refuses what is no state of so many values. */
export function checkState(state, count) {
    if (!(state instanceof Float32Array) || state.length !== count) {
        throw new NcaError(`load: expected a Float32Array of ${count} numbers`);
    }
    if (!state.every(Number.isFinite)) throw new NcaError('load: the state has a number that is not finite');
}

export class World extends Handle {
    #pixels = 0;
    #pixelBytes = 0;

    constructor(module, model, options) {
        checkNames('world', options, ['width', 'height', 'seed']);
        const { width, height, seed } = gridOf('world', model, options);
        const { nca_world_create: create, nca_world_release: release } = module.functions;
        super(module, module.check(create(pointerOf(module, model), width, height, seed)), release);
        Object.assign(this, { model, width, height, system: model.system, channels: model.channels });
    }

    get imageWidth() {
        return this.module.functions.nca_world_image_width(this.pointer);
    }
    get imageHeight() {
        return this.module.functions.nca_world_image_height(this.pointer);
    }
    get steps() {
        return this.module.functions.nca_world_steps(this.pointer);
    }
    get livingCells() {
        return this.module.functions.nca_world_living_cells(this.pointer);
    }
    get adversaries() {
        return this.module.functions.nca_world_adversaries(this.pointer);
    }
    hash() {
        this.module.functions.nca_world_hash(this.pointer);
        return this.module.text();
    }

    #numbers() {
        return new Float64Array(this.module.memory.buffer, this.module.functions.nca_world_options(this.pointer), names.length);
    }
    get options() {
        const numbers = this.#numbers();
        return Object.fromEntries(names.map((name, i) => [name, fields[name].unpack(numbers[i])]));
    }
    set(options) {
        checkNames('set', options, names);
        const numbers = this.#numbers().slice();
        names.forEach((name, i) => {
            if (options[name] === undefined) return;
            if ((systems[name] ?? this.system) !== this.system) {
                throw new NcaError(`${name}: a world of the system '${this.system}' has no such option`);
            }
            if (name === 'angle' && this.system === 'mnist' && options.angle !== 0) {
                throw new NcaError('angle: cells whose perception is learned cannot be rotated');
            }
            numbers[i] = fields[name].pack(name, options[name]);
        });
        this.module.with(numbers, (pointer) =>
            this.module.check(this.module.functions.nca_world_set_options(this.pointer, pointer)));
    }

    step(count = 1) {
        this.module.functions.nca_world_step(this.pointer, number('step', count, 0, 1e9, true));
    }
    clear() {
        this.module.functions.nca_world_clear(this.pointer);
    }
    reset() {
        this.module.functions.nca_world_reset(this.pointer);
    }
    free() {
        this.module.functions.nca_release(this.#pixels);
        this.#pixels = this.#pixelBytes = 0;
        super.free();
    }

    rgba() {
        const bytes = 4 * this.imageWidth * this.imageHeight;
        if (bytes !== this.#pixelBytes) {
            this.module.functions.nca_release(this.#pixels);
            this.#pixels = this.module.functions.nca_allocate(bytes);
            this.#pixelBytes = bytes;
        }
        this.module.functions.nca_world_draw(this.pointer, this.#pixels, bytes);
        const view = new Uint8ClampedArray(this.module.memory.buffer, this.#pixels, bytes);
        return this.module.threads > 1 ? view.slice() : view; // no image takes shared memory
    }
    state() {
        const state = new Float32Array(this.width * this.height * this.channels);
        return this.module.with(state, (pointer, count) => {
            this.module.functions.nca_world_store(this.pointer, pointer, count);
            return new Float32Array(this.module.memory.buffer, pointer, count).slice();
        });
    }
    load(state) {
        const count = this.width * this.height * this.channels;
        checkState(state, count);
        this.module.with(state, (pointer) => this.module.functions.nca_world_load(this.pointer, pointer, count));
    }

    plant(x, y) {
        const at = [number('x', x, -far, far), number('y', y, -far, far)].map(Math.round);
        this.module.check(this.module.functions.nca_world_plant(this.pointer, ...at));
    }
    erase(x, y, radius) {
        this.module.functions.nca_world_erase(this.pointer, ...disc(x, y, radius));
    }

    setAdversary(model) {
        const pointer = model === null ? 0 : pointerOf(this.module, model);
        this.module.check(this.module.functions.nca_world_set_adversary(this.pointer, pointer));
    }
    assign(x, y, radius, adversary) {
        this.module.check(this.module.functions.nca_world_assign(this.pointer, ...disc(x, y, radius), Boolean(adversary)));
    }
    scatter(fraction, seed = 1) {
        const share = number('fraction', fraction, 0, 1);
        this.module.check(this.module.functions.nca_world_scatter(this.pointer, share, number('seed', seed, 0, maxSeed, true)));
    }
    setPerturbations(parts) {
        if (!Array.isArray(parts)) throw new NcaError('setPerturbations: expected a list');
        if (parts.some((part) => typeof part !== 'object' || part === null)) {
            throw new NcaError('setPerturbations: expected a model and a coefficient for each part');
        }
        const coefficients = parts.map((part) => number('coefficient', part.coefficient, -100, 100));
        const pointers = parts.map((part) => pointerOf(this.module, part.model));
        parts.forEach(({ model, matrix }) => {
            const known = model.matrices;
            if (matrix === undefined ? known.length !== 1 : !known.includes(matrix)) {
                throw new NcaError(`setPerturbations: expected a matrix of the model, one of: ${known.join(', ')}`);
            }
        });
        this.module.check(this.module.functions.nca_world_clear_perturbations(this.pointer));
        parts.forEach(({ matrix = '' }, i) => this.module.withText(matrix, (text, size) =>
            this.module.check(this.module.functions.nca_world_add_perturbation(
                this.pointer, pointers[i], text, size, coefficients[i]))));
    }

    draw(fromX, fromY, x, y, thickness, erase = false) {
        const line = [fromX, fromY, x, y].map((value) => number('draw', value, -far, far));
        this.module.check(this.module.functions.nca_world_draw_line(
            this.pointer, ...line, number('thickness', thickness, 0, 1000), Boolean(erase)));
    }
    verdict() {
        const counts = this.module.with(new Int32Array(11), (pointer) => {
            this.module.check(this.module.functions.nca_world_votes(this.pointer, pointer));
            return [...new Int32Array(this.module.memory.buffer, pointer, 11)];
        });
        const living = counts.reduce((sum, count) => sum + count, 0);
        const votes = counts.slice(0, 10);
        const most = Math.max(...votes);
        return { digit: most > 0 ? votes.indexOf(most) : -1, agreement: living > 0 ? most / living : 0, votes, living };
    }

    graft(model, x, y, radius) {
        this.module.check(this.module.functions.nca_world_graft(this.pointer, pointerOf(this.module, model), ...disc(x, y, radius)));
    }
    follow(model) {
        this.module.check(this.module.functions.nca_world_follow(this.pointer, pointerOf(this.module, model)));
    }
}

export function disc(x, y, radius) {
    return [number('x', x, -far, far), number('y', y, -far, far), number('radius', radius, 0, far)];
}

/** The pointer of a model; those of another load() lie in another memory. */
function pointerOf(module, model) {
    if (model?.matrices === undefined || model.module !== module) {
        throw new NcaError('expected a model that the same load() has read');
    }
    return model.pointer;
}
