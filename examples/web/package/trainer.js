// SPDX-License-Identifier: Apache-2.0
// Training; nca.d.ts describes it.
import { Handle, NcaError, checkNames, choice, fileBytes, maxSeed, number } from './module.js';

const experiments = ['growing', 'persistent', 'regenerating'];
const names = ['experiment', 'padding', 'batch', 'poolSize', 'minSteps', 'maxSteps', 'learningRate', 'seed'];
const maxSide = 512;
const stateBytes = 64;          // of a cell
const maxBytes = 1.5e9;         // the module can have 2 GiB

export class Trainer extends Handle {
    #model;

    constructor(module, target, options, model) {
        checkNames('train', options, names);
        const whole = (name, otherwise, min, max) => number(name, options[name] ?? otherwise, min, max, true);
        const padding = whole('padding', 12, 0, maxSide);
        const width = number('width', target?.width, 1, maxSide, true);
        const height = number('height', target?.height, 1, maxSide, true);
        if (target.data?.length !== 4 * width * height) {
            throw new NcaError('train: expected 4 bytes for each pixel of the target');
        }
        const batch = whole('batch', 8, 1, 256);
        const poolSize = whole('poolSize', 1024, 1, 16384);
        const minSteps = whole('minSteps', 64, 1, 10000);
        const maxSteps = whole('maxSteps', Math.max(96, minSteps + 1), minSteps + 1, 10001);
        // The states of the pool and those of the rollouts, if every cell lives.
        const bytes = stateBytes * (width + 2 * padding) * (height + 2 * padding) * (poolSize + batch * maxSteps);
        if (bytes > maxBytes) {
            throw new NcaError(`train: this may need ${Math.ceil(bytes / 1e6)} MB of ${maxBytes / 1e6}: choose a smaller ` +
                'target, poolSize, batch or maxSteps');
        }
        const numbers = new Float64Array([
            choice('experiment', options.experiment ?? 'regenerating', experiments),
            padding,
            batch,
            poolSize,
            minSteps,
            maxSteps,
            number('learningRate', options.learningRate ?? 2e-3, 1e-9, 10),
            whole('seed', 1, 0, maxSeed),
        ]);
        const { nca_training_create: create, nca_training_release: release } = module.functions;
        const pointer = module.with(Uint8Array.from(target.data), (rgba) =>
            module.with(numbers, (packed) => module.check(create(rgba, width, height, packed, module.threads))));
        super(module, pointer, release);
        this.#model = model;
        this.width = module.functions.nca_training_width(pointer);
        this.height = module.functions.nca_training_height(pointer);
    }

    get iteration() {
        return this.module.functions.nca_training_iteration(this.pointer);
    }
    get loss() {
        return this.module.functions.nca_training_loss(this.pointer);
    }
    step(iterations = 1) {
        const count = number('step', iterations, 0, 1e6, true);
        this.module.check(this.module.functions.nca_training_step(this.pointer, count));
        return this.loss;
    }

    safetensors() {
        return this.#bytes('safetensors');
    }
    json() {
        return this.#bytes('json');
    }
    header(name) {
        this.module.withText(String(name), (text, size) =>
            this.module.check(this.module.functions.nca_training_header(this.pointer, text, size)));
        return this.module.text();
    }
    model() {
        return this.#model(this.safetensors(), 'trained');
    }
    checkpoint() {
        return this.#bytes('checkpoint');
    }
    resume(checkpoint) {
        this.module.with(fileBytes('resume', checkpoint), (pointer, size) =>
            this.module.check(this.module.functions.nca_training_resume(this.pointer, pointer, size)));
    }

    #bytes(what) {
        this.module.check(this.module.functions[`nca_training_${what}`](this.pointer));
        return this.module.bytes();
    }
}
