// SPDX-License-Identifier: Apache-2.0
// nca for JavaScript: neural cellular automata, trained and run on the CPU by the C++ headers, as WebAssembly.
//
//     import { load } from './nca.js';
//     const nca = await load();
//     const model = nca.model(bytes);                  // the bytes of lizard.safetensors
//     const world = nca.world(model, { width: 72, height: 72, seed: 7 });
//     world.plant(36, 36);
//     world.step(200);
//     context.putImageData(new ImageData(world.rgba(), world.imageWidth, world.imageHeight), 0, 0);
//
// x counts columns from 0 on, y rows downwards; whole numbers are the middle of a cell. The same model, seed and calls
// give the same trajectory, which is that of `nca run --deterministic`. Every function throws NcaError for a wrong
// argument or file, and then nothing has changed. Objects hold memory of the module: call free(), or let the garbage
// collector do it.

/** What was wrong, in one sentence. */
export class NcaError extends Error {}

/** growing: creatures; mnist: self-classifying digits; texture: textures; perturbations: matrices on the state. */
export type System = 'growing' | 'mnist' | 'texture' | 'perturbations';
export type Boundary = 'zero' | 'torus' | 'replicate' | 'reflect';
export type Lattice = 'square' | 'hexagonal';
export type Alignment = 'cartesian' | 'polar' | 'bipolar';

export interface LoadOptions {
    /** The WebAssembly file: its bytes, its address, or a compiled module. Default: nca.wasm beside this file. */
    wasm?: BufferSource | URL | string | WebAssembly.Module;
    /**
     * Threads of training, 1 to 64. Only workers of pages that may share memory (crossOriginIsolated) have more than one;
     * elsewhere it is 1, and so is the default. The results do not depend on it.
     */
    threads?: number;
}

/** Loads the library: one instance of WebAssembly, for one thread at a time. Workers load their own. */
export function load(options?: LoadOptions): Promise<Nca>;

export interface Nca {
    /** The version of the C++ library, such as "0.1.0". */
    readonly version: string;
    /** Threads of training; 1 unless load() was asked for more and memory can be shared. */
    readonly threads: number;
    /** Reads a model: .safetensors of nca, or a model as the articles published it (JSON). */
    model(bytes: Uint8Array | ArrayBuffer, name?: string): Model;
    /** A grid of cells of a model. A creature's is empty; a texture's is in the initial state of its rule. */
    world(model: Model, options?: WorldOptions): World;
    /** Begins to train a creature towards an image. What may need more memory than a module can have is refused. */
    train(target: Target, options?: TrainingOptions): Trainer;
}

export interface Model {
    readonly name: string;
    readonly system: System;
    readonly channels: number;
    /** The number of trained parameters. */
    readonly parameters: number;
    /** The grid of the training; 0 where the file does not say. */
    readonly width: number;
    readonly height: number;
    /** For perturbations: the names of the matrices. */
    readonly matrices: readonly string[];
    readonly metadata: Readonly<Record<string, string>>;
    /** The step of the model, as it was trained, as a shader; docs/shaders.md says how it is bound. */
    shader(options?: ShaderOptions): string;
    free(): void;
}

export interface ShaderOptions {
    /** glsl: WebGL 2; gdshader: Godot; shadertoy; wgsl: WebGPU; hlsl: Direct3D. Default: glsl. */
    language?: 'glsl' | 'gdshader' | 'shadertoy' | 'wgsl' | 'hlsl';
    /** 8 bits per weight instead of 32. Default: false. */
    int8?: boolean;
}

export interface WorldOptions {
    /** Default: as in training, else 72 (creatures), 56 (digits), 128 (textures). */
    width?: number;
    height?: number;
    /** Of the random fire masks and the noise: a whole number from 0 to 2^53 - 1. Default 1. */
    seed?: number;
}

/** What may be set at any time, for all further steps; what is not given stays. */
export interface StepOptions {
    /** The fraction of the cells that update in a step, 0 to 1. */
    fireRate?: number;
    /** The factor of every update; 1 as trained. */
    stepSize?: number;
    /** Rotation of the cells' perception in degrees, counter-clockwise. Not for digits, whose perception is learned. */
    angle?: number;
    boundary?: Boundary;
    /** Digits: the standard deviation of the noise of every update. */
    noise?: number;
    /** Textures: the grid. The states stay. */
    lattice?: Lattice;
    /** Textures: how the cells are oriented. */
    alignment?: Alignment;
}

/** A grid of cells, step by step. */
export interface World {
    readonly model: Model;
    readonly system: System;
    readonly width: number;
    readonly height: number;
    readonly channels: number;
    /** The size of rgba() in pixels: that of the grid, but for hexagons, which are drawn `detail` pixels wide. */
    readonly imageWidth: number;
    readonly imageHeight: number;
    readonly steps: number;
    readonly options: Required<StepOptions>;
    set(options: StepOptions): void;

    step(count?: number): void;
    /** All cells zero; cells of other models become those of the first again. The step counter goes on. */
    clear(): void;
    /** The world as it was made: step 0, the same seed. Options stay. */
    reset(): void;

    /**
     * The image over white, opaque RGBA8; adversaries are tinted red. A view of the module's memory, valid until the next
     * call of any function; a copy where the module has threads.
     */
    rgba(): Uint8ClampedArray;
    /** The state [height][width][channels]: a copy. */
    state(): Float32Array;
    /** Replaces the state; its values are finite. */
    load(state: Float32Array): void;
    /** A hash of the state: 16 hexadecimal digits. */
    hash(): string;
    /** Cells that are alive: alpha above 0.1 (creatures), ink (digits), all (textures). */
    readonly livingCells: number;

    /** Creatures: plants a seed. Outside the grid: nothing happens. */
    plant(x: number, y: number): void;
    /** Zeroes the cells closer than `radius` to a place; for textures x and y are places in the image, in cells. */
    erase(x: number, y: number, radius: number): void;

    /** Creatures and digits: a second rule, which cells may follow. Null: none. */
    setAdversary(model: Model | null): void;
    /** Makes the cells closer than `radius` to a place adversaries, or victims again. */
    assign(x: number, y: number, radius: number, adversary: boolean): void;
    /** Makes a random fraction of the cells that are alive adversaries; the others are victims. */
    scatter(fraction: number, seed?: number): void;
    readonly adversaries: number;
    /** Creatures: the matrices that are applied to all living states after every step, and their coefficients. */
    setPerturbations(parts: readonly { model: Model; matrix?: string; coefficient: number }[]): void;

    /** Digits: draws a line with round ends, in cells, or erases along it. */
    draw(fromX: number, fromY: number, x: number, y: number, thickness: number, erase?: boolean): void;
    /** Digits: what the living cells say. */
    verdict(): Verdict;

    /** Textures: the cells closer than `radius` to a place follow another model, of the same kind of rule. */
    graft(model: Model, x: number, y: number, radius: number): void;
    /** Textures: all cells follow a model of the same kind of rule; states stay. */
    follow(model: Model): void;

    free(): void;
}

export interface GpuWorldOptions extends WorldOptions {
    /** Default: webgl2. */
    api?: 'webgl2' | 'webgpu';
    /** 8 bits per weight instead of 32, as large models need it in WebGL. Default: false. */
    int8?: boolean;
    /** Where draw() draws; it gets a pixel for each cell. One that has had a context of another kind is refused. */
    canvas?: Canvas;
}

/** An HTMLCanvasElement or an OffscreenCanvas. */
export type Canvas = CanvasImageSource & { width: number; height: number; getContext(kind: string): unknown };

/**
 * A grid of cells on the GPU. The same cells fire as in a World of the same seed, and the states differ by rounding. All
 * cells are zero at first. The options of steps are those of the model.
 */
export class GpuWorld {
    private constructor();
    /** Throws where there is no such API, or where it cannot hold the model. */
    static create(model: Model, options?: GpuWorldOptions): Promise<GpuWorld>;
    readonly model: Model;
    readonly system: System;
    readonly api: 'webgl2' | 'webgpu';
    /** That of the options, or an OffscreenCanvas. */
    readonly canvas: Canvas;
    readonly width: number;
    readonly height: number;
    readonly channels: number;
    readonly steps: number;
    /** Whether the browser has taken the GPU away; then all but free() throws. */
    readonly lost: boolean;
    step(count?: number): void;
    /** The state [height][width][channels], after the steps that were asked for so far. */
    state(): Promise<Float32Array>;
    /** Replaces the state and, if given, the number of steps done, on which it depends which cells fire next. */
    load(state: Float32Array, steps?: number): void;
    /** Creatures: plants a seed. Outside the grid: nothing happens. */
    plant(x: number, y: number): void;
    /** Zeroes the cells closer than `radius` to a place. */
    erase(x: number, y: number, radius: number): void;
    /** Draws the cells on the canvas. */
    draw(): void;
    free(): void;
}

export interface Verdict {
    /** The digit with most votes; -1: no cell has decided. */
    digit: number;
    /** Its fraction of the living cells. */
    agreement: number;
    /** Cells per digit. */
    votes: number[];
    living: number;
}

export interface Target {
    width: number;
    height: number;
    /** Straight RGBA8, width * height * 4: an ImageData is a target. */
    data: Uint8ClampedArray | Uint8Array;
}

export interface TrainingOptions {
    /** Growing NCA, experiments 1 to 3. Default: regenerating. */
    experiment?: 'growing' | 'persistent' | 'regenerating';
    /** Empty cells around the image. Default 12. */
    padding?: number;
    /** Samples per iteration. Default 8. */
    batch?: number;
    poolSize?: number;
    /** Steps of a rollout are drawn from minSteps to maxSteps - 1. Default 64, 96. */
    minSteps?: number;
    maxSteps?: number;
    learningRate?: number;
    seed?: number;
}

/** A training of a creature. */
export interface Trainer {
    /** The grid: the target with its padding. */
    readonly width: number;
    readonly height: number;
    readonly iteration: number;
    /** The mean loss of the last iteration's batch; NaN before the first. */
    readonly loss: number;
    /** One iteration or more; returns the last loss. */
    step(iterations?: number): number;
    /** The model of the running mean of the parameters, as .safetensors, with all that `nca run` and `nca info` show. */
    safetensors(): Uint8Array;
    /** The same as the JSON of the article's web demo. */
    json(): Uint8Array;
    /** The same as a C++ header: nca export. */
    header(name: string): string;
    /** The present creature, to be run. */
    model(): Model;
    /** Everything that the training needs to go on, bit for bit. */
    checkpoint(): Uint8Array;
    resume(checkpoint: Uint8Array): void;
    free(): void;
}
