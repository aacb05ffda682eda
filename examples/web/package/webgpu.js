// SPDX-License-Identifier: Apache-2.0
// Cells in buffers of WebGPU, [row][column][group of four channels]: an invocation is a cell.
import { NcaError } from './module.js';

const frameBytes = 32;
const stepOffset = 8;
const side = 8;     // of a workgroup

async function makeDevice() {
    const adapter = await globalThis.navigator?.gpu?.requestAdapter();
    if (!adapter) throw new NcaError('this browser has no WebGPU');
    return adapter.requestDevice();
}

/** The pipelines of a shader: the step, the life after it where there is one, and the picture. */
async function makePipelines(device, code, bindings, life, format) {
    const { COMPUTE, FRAGMENT } = GPUShaderStage;
    const entries = bindings.map((type, binding) => ({
        binding, buffer: { type }, visibility: type === 'storage' ? COMPUTE : COMPUTE | FRAGMENT,
    }));
    const bound = device.createBindGroupLayout({ entries });
    const layout = device.createPipelineLayout({ bindGroupLayouts: [bound] });
    // The picture reads what a step reads; buffers that are written are none of its business.
    const seen = device.createBindGroupLayout({ entries: entries.slice(0, 2) });
    const module = device.createShaderModule({ code });
    const compute = (entryPoint) => device.createComputePipelineAsync({ layout, compute: { module, entryPoint } });
    try {
        const [step, after, picture] = await Promise.all([
            compute('step'),
            life ? compute('life') : null,
            device.createRenderPipelineAsync({
                layout: device.createPipelineLayout({ bindGroupLayouts: [seen] }),
                vertex: { module, entryPoint: 'corners' },
                fragment: { module, entryPoint: 'show', targets: [{ format }] },
            }),
        ]);
        return { bound, seen, steps: life ? [step, after] : [step], picture };
    } catch (error) {
        throw new NcaError(`WebGPU refuses the shader: ${error.message.split('\n')[0]}`);
    }
}

export class Cells {
    lost = false;
    #device;
    #grid;
    #context;
    #pipelines;
    #frame;
    #orders;        // of the buffers: state, and those that a step writes, of which the last holds the new state
    #groups;
    #now = 0;

    static async create(shader, grid, key, canvas) {
        const device = await makeDevice();
        const bytes = 16 * grid.groups * grid.width * grid.height;
        if (bytes > device.limits.maxStorageBufferBindingSize) {
            throw new NcaError(`a state of ${bytes} bytes is more than this WebGPU takes`);
        }
        const context = canvas.getContext('webgpu');
        if (!context) throw new NcaError('this canvas cannot show WebGPU');
        const format = navigator.gpu.getPreferredCanvasFormat();
        context.configure({ device, format, alphaMode: 'opaque' });
        const life = shader.includes('fn life(');
        const bindings = ['uniform', 'read-only-storage', 'storage', ...(life ? ['storage'] : [])];
        const pipelines = await makePipelines(device, shader, bindings, life, format);
        return new Cells(device, grid, key, context, pipelines, bytes);
    }

    constructor(device, grid, key, context, pipelines, bytes) {
        this.#device = device;
        this.#grid = grid;
        this.#context = context;
        this.#pipelines = pipelines;
        device.lost.then(() => (this.lost = true));
        const { COPY_DST, COPY_SRC, STORAGE, UNIFORM } = GPUBufferUsage;
        this.#frame = device.createBuffer({ size: frameBytes, usage: UNIFORM | COPY_DST });
        const frame = new Uint32Array([grid.width, grid.height, 0, 0, ...key, 0, 0]);
        new Float32Array(frame.buffer).set([grid.width, grid.height], 6);
        device.queue.writeBuffer(this.#frame, 0, frame);
        const cells = [0, ...pipelines.steps].map(() =>
            device.createBuffer({ size: bytes, usage: STORAGE | COPY_DST | COPY_SRC }));
        this.#orders = [cells, [...cells].reverse()];
        const bind = (layout, buffers) => device.createBindGroup({
            layout, entries: [this.#frame, ...buffers].map((buffer, binding) => ({ binding, resource: { buffer } })),
        });
        this.#groups = this.#orders.map((order) => ({
            step: bind(pipelines.bound, order), picture: bind(pipelines.seen, order.slice(0, 1)),
        }));
    }

    get #state() {
        return this.#orders[this.#now][0];
    }
    #submit(record) {
        const encoder = this.#device.createCommandEncoder();
        record(encoder);
        this.#device.queue.submit([encoder.finish()]);
    }

    step(number) {
        const { width, height } = this.#grid;
        this.#device.queue.writeBuffer(this.#frame, stepOffset, new Uint32Array([number]));
        this.#submit((encoder) => {
            const pass = encoder.beginComputePass();
            pass.setBindGroup(0, this.#groups[this.#now].step);
            for (const pipeline of this.#pipelines.steps) {
                pass.setPipeline(pipeline);
                pass.dispatchWorkgroups(Math.ceil(width / side), Math.ceil(height / side));
            }
            pass.end();
        });
        this.#now = 1 - this.#now;
    }

    write(x, y, width, height, state) {
        const { channels, groups } = this.#grid;
        for (let row = 0; row < height; ++row) {
            const packed = new Float32Array(4 * groups * width);
            for (let column = 0; column < width; ++column) {
                const from = (row * width + column) * channels;
                packed.set(state.subarray(from, from + channels), 4 * groups * column);
            }
            const place = 16 * groups * ((y + row) * this.#grid.width + x);
            this.#device.queue.writeBuffer(this.#state, place, packed);
        }
    }
    async read() {
        const { width, height, channels, groups } = this.#grid;
        const size = this.#state.size;
        const { COPY_DST, MAP_READ } = GPUBufferUsage;
        const copy = this.#device.createBuffer({ size, usage: COPY_DST | MAP_READ });
        this.#submit((encoder) => encoder.copyBufferToBuffer(this.#state, 0, copy, 0, size));
        try {
            await copy.mapAsync(GPUMapMode.READ);
        } catch {
            throw new NcaError('the GPU was taken away before the state was read');
        }
        const packed = new Float32Array(copy.getMappedRange());
        const state = new Float32Array(width * height * channels);
        for (let cell = 0; cell < width * height; ++cell) {
            const from = 4 * groups * cell;
            state.set(packed.subarray(from, from + channels), cell * channels);
        }
        copy.destroy();
        return state;
    }

    draw() {
        this.#submit((encoder) => {
            const view = this.#context.getCurrentTexture().createView();
            const pass = encoder.beginRenderPass({ colorAttachments: [{ view, loadOp: 'clear', storeOp: 'store' }] });
            pass.setPipeline(this.#pipelines.picture);
            pass.setBindGroup(0, this.#groups[this.#now].picture);
            pass.draw(3);
            pass.end();
        });
    }
    free() {
        this.#device.destroy();
    }
}
