// SPDX-License-Identifier: Apache-2.0
// nca for JavaScript; nca.d.ts describes it.
import { Handle, Module, NcaError, checkNames, choice, fileBytes, number } from './module.js';
import { Trainer } from './trainer.js';
import { World } from './world.js';

export { GpuWorld } from './gpu.js';
export { NcaError };

// In the order of nca::shader::Language.
const shaderLanguages = ['glsl', 'gdshader', 'shadertoy', 'wgsl', 'hlsl'];

/** See nca.d.ts. */
export async function load(options = {}) {
    checkNames('load', options, ['wasm', 'threads']);
    const threads = number('threads', options.threads ?? 1, 1, 64, true);
    // Only workers may wait for threads.
    const shared = globalThis.crossOriginIsolated === true && typeof WorkerGlobalScope !== 'undefined';
    if (threads > 1 && shared && options.wasm === undefined) return new Nca(await Module.loadThreads(threads));
    return new Nca(await Module.load(options.wasm ?? 'nca.wasm'));
}

class Nca {
    #module;

    constructor(module) {
        this.#module = module;
        module.functions.nca_version();
        this.version = module.text();
        this.threads = module.threads;
    }
    model(bytes, name = 'model') {
        return new Model(this.#module, bytes, name);
    }
    world(model, options = {}) {
        if (!(model instanceof Model)) throw new NcaError('world: expected a model');
        return new World(this.#module, model, options);
    }
    train(target, options = {}) {
        return new Trainer(this.#module, target, options, (bytes, name) => this.model(bytes, name));
    }
}

class Model extends Handle {
    constructor(module, bytes, name) {
        const file = fileBytes('model', bytes);
        const { nca_model_create: create, nca_model_release: release } = module.functions;
        super(module, module.with(file, (pointer, size) => module.check(create(pointer, size))), release);
        module.functions.nca_model_describe(this.pointer);
        Object.assign(this, JSON.parse(module.text()), { name });
    }
    shader(options = {}) {
        checkNames('shader', options, ['language', 'int8']);
        const language = choice('language', options.language ?? 'glsl', shaderLanguages);
        this.module.check(this.module.functions.nca_model_shader(this.pointer, language, Boolean(options.int8)));
        return this.module.text();
    }
}
