// SPDX-License-Identifier: Apache-2.0
// Compiled, not run: what nca.d.ts promises to TypeScript.
import { GpuWorld, load, NcaError, type Model, type Trainer, type World } from '../../examples/web/package/nca.js';

const nca = await load({ threads: 2 });
const model: Model = nca.model(new Uint8Array(8), 'lizard');
const world: World = nca.world(model, { width: 72, height: 72, seed: 7 });
world.set({ fireRate: 0.5, boundary: 'torus' });
world.plant(36, 36);
world.step(200);
const pixels: Uint8ClampedArray = world.rgba();
const hash: string = world.hash();
const trainer: Trainer = nca.train({ width: 1, height: 1, data: pixels }, { experiment: 'persistent' });
const loss: number = trainer.step(10);
const bytes: Uint8Array = trainer.safetensors();
const digit: number = world.verdict().digit;
const text: string = model.shader({ language: 'wgsl', int8: true });
const gpu: GpuWorld = await GpuWorld.create(model, { width: 72, height: 72, seed: 7, api: 'webgpu' });
gpu.load(world.state(), world.steps);
const state: Float32Array = await gpu.state();

// @ts-expect-error: there is no such boundary.
world.set({ boundary: 'cliff' });
// @ts-expect-error: a target has pixels.
nca.train({ width: 1, height: 1 });

try {
    world.setPerturbations([{ model, coefficient: 0.5 }]);
} catch (error) {
    if (error instanceof NcaError) console.log(error.message, hash, loss, bytes.length, digit, text, state);
}
