// SPDX-License-Identifier: Apache-2.0
// The WebAssembly module: its imports, its memory, and calls that may fail.

/** What was wrong, in one sentence. */
export class NcaError extends Error {
    constructor(message) {
        super(message);
        this.name = 'NcaError';
    }
}

async function bytesOf(wasm) {
    if (wasm instanceof ArrayBuffer || ArrayBuffer.isView(wasm) || wasm instanceof WebAssembly.Module) return wasm;
    const url = new URL(wasm, import.meta.url);
    if (url.protocol === 'file:') {
        const { readFile } = await import('node:fs/promises');
        return readFile(url);
    }
    const response = await fetch(url);
    if (!response.ok) throw new NcaError(`cannot load ${url.pathname}: ${response.status} ${response.statusText}`);
    return response.arrayBuffer();
}

/** One instance of the module. */
export class Module {
    threads = 1;

    static async load(wasm) {
        const module = new Module();
        const clock = (id, precision, time) => {
            const nanoseconds = BigInt(Math.round(performance.now() * 1e6));
            new DataView(module.memory.buffer).setBigUint64(time, nanoseconds, true);
            return 0;
        };
        const stop = () => {
            throw new NcaError('the module is out of memory');
        };
        const unused = () => 0;
        const source = await bytesOf(wasm);
        const compiled = source instanceof WebAssembly.Module ? source : await WebAssembly.compile(source);
        const known = { clock_time_get: clock, proc_exit: stop, abort: stop };
        const imports = {};
        for (const { module: space, name } of WebAssembly.Module.imports(compiled)) {
            (imports[space] ??= {})[name] = known[name] ?? unused;
        }
        module.functions = (await WebAssembly.instantiate(compiled, imports)).exports;
        module.memory = module.functions.memory;
        module.functions._initialize?.();
        return module;
    }

    /** The same with threads, in a worker that shares memory: Emscripten starts them, at once. */
    static async loadThreads(threads) {
        const { default: create } = await import('./nca_threads.mjs');
        const memory = new WebAssembly.Memory({ initial: 256, maximum: 16384, shared: true }); // 16 MiB to 1 GiB
        const glue = await create({ threads, wasmMemory: memory });
        const functions = new Proxy(glue, { get: (object, name) => object[`_${name}`] });
        return Object.assign(new Module(), { functions, memory, threads });
    }

    /** What the last call gave: a copy. */
    bytes() {
        const start = this.functions.nca_result();
        return new Uint8Array(this.memory.buffer, start, this.functions.nca_result_size()).slice();
    }
    text() {
        return new TextDecoder().decode(this.bytes());
    }
    /** The value of a call; throws if that is false or null. */
    check(value) {
        if (value) return value;
        this.functions.nca_failure();
        throw new NcaError(this.text());
    }
    /** Calls use(pointer, count) with a copy of a typed array in the module's memory, and frees it. */
    with(values, use) {
        const pointer = this.functions.nca_allocate(values.byteLength);
        if (!pointer) throw new NcaError('the module is out of memory');
        try {
            new values.constructor(this.memory.buffer, pointer, values.length).set(values);
            return use(pointer, values.length);
        } finally {
            this.functions.nca_release(pointer);
        }
    }
    withText(text, use) {
        return this.with(new TextEncoder().encode(text), use);
    }
}

// Objects that nobody holds any longer release their memory.
const registry = new FinalizationRegistry((release) => release());

/** Something in the module's memory, which free() or the garbage collector releases. */
export class Handle {
    #pointer;
    #release;

    constructor(module, pointer, release) {
        this.module = module;
        this.#pointer = pointer;
        this.#release = () => release(pointer);
        registry.register(this, this.#release, this);
    }
    get pointer() {
        if (this.#pointer === 0) throw new NcaError(`this ${this.constructor.name.toLowerCase()} was freed`);
        return this.#pointer;
    }
    free() {
        if (this.#pointer === 0) return;
        registry.unregister(this);
        this.#pointer = 0;
        this.#release();
    }
}

/** Checks a number, and returns it. */
export function number(name, value, min, max, whole = false) {
    if (typeof value === 'number' && value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
    const kind = whole ? 'a whole number' : 'a number';
    throw new NcaError(`${name}: expected ${kind} from ${min} to ${max}, found ${String(value)}`);
}
/** The position of a word in a list. */
export function choice(name, word, words) {
    const index = words.indexOf(word);
    if (index >= 0) return index;
    throw new NcaError(`${name}: expected ${words.slice(0, -1).join(', ')} or ${words.at(-1)}, found ${String(word)}`);
}
/** Refuses names that are none of those known. */
export function checkNames(what, given, known) {
    if (typeof given !== 'object' || given === null) throw new NcaError(`${what}: expected an object of options`);
    for (const name of Object.keys(given)) {
        if (!known.includes(name)) throw new NcaError(`${what}: there is no option '${name}'`);
    }
}
/** The bytes of a file, as a plain Uint8Array. */
export function fileBytes(name, bytes) {
    if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes);
    if (bytes instanceof Uint8Array) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    throw new NcaError(`${name}: expected the bytes of a file`);
}
export const maxSeed = Number.MAX_SAFE_INTEGER;
