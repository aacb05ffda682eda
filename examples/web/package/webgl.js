// SPDX-License-Identifier: Apache-2.0
// Cells in textures of WebGL 2, one for every four channels: a fragment is a cell.
import { NcaError } from './module.js';

const corners = `#version 300 es
void main() {
    gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0);
}
`;

/** A shader with one of its passes. */
class Program {
    #gl;
    #program;

    constructor(gl, text, pass) {
        this.#gl = gl;
        this.#program = gl.createProgram();
        const cells = text.replace('\n', `\n#define NCA_PASS ${pass}\n`);
        for (const [kind, source] of [[gl.VERTEX_SHADER, corners], [gl.FRAGMENT_SHADER, cells]]) {
            const shader = gl.createShader(kind);
            gl.shaderSource(shader, source);
            gl.compileShader(shader);
            gl.attachShader(this.#program, shader);
            gl.deleteShader(shader);
        }
        gl.linkProgram(this.#program);
    }
    /** Waits for the compiler, aside where that can be, and sets what stays. */
    async finish({ groups, width, height }, key) {
        const gl = this.#gl;
        const aside = gl.getExtension('KHR_parallel_shader_compile');
        const done = () => gl.isContextLost() || gl.getProgramParameter(this.#program, aside.COMPLETION_STATUS_KHR);
        while (aside && !done()) await new Promise((resolve) => setTimeout(resolve, 5));
        if (!gl.getProgramParameter(this.#program, gl.LINK_STATUS)) {
            const logs = (gl.getAttachedShaders(this.#program) ?? []).map((shader) => gl.getShaderInfoLog(shader));
            const log = [...logs, gl.getProgramInfoLog(this.#program)].find((text) => text) ?? 'without a reason';
            throw new NcaError(`WebGL 2 refuses the shader: ${log.split('\n')[0]}`);
        }
        const place = (name) => gl.getUniformLocation(this.#program, name);
        gl.useProgram(this.#program);
        for (let g = 0; g < groups; ++g) {
            gl.uniform1i(place(`nca_state${g}`), g);
            gl.uniform1i(place(`nca_updated${g}`), groups + g);
        }
        gl.uniform2ui(place('nca_seed_key'), ...key);
        gl.uniform2f(place('nca_view'), width, height);
        this.stepNumber = place('nca_step_number');
    }
    /** Writes a framebuffer from layers of textures. */
    run(layers, framebuffer, step) {
        const gl = this.#gl;
        gl.useProgram(this.#program);
        gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
        layers.flatMap(({ textures }) => textures).forEach((texture, unit) => {
            gl.activeTexture(gl.TEXTURE0 + unit);
            gl.bindTexture(gl.TEXTURE_2D, texture);
        });
        gl.uniform1ui(this.stepNumber, step);
        gl.drawArrays(gl.TRIANGLES, 0, 3);
    }
    free() {
        this.#gl.deleteProgram(this.#program);
    }
}

/** Textures of a whole state, and the framebuffer that writes them. */
function makeLayers(gl, { width, height, groups }) {
    const framebuffer = gl.createFramebuffer();
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
    const textures = Array.from({ length: groups }, (_, g) => {
        const texture = gl.createTexture();
        gl.bindTexture(gl.TEXTURE_2D, texture);
        gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA32F, width, height);
        gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
        gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
        gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0 + g, gl.TEXTURE_2D, texture, 0);
        return texture;
    });
    gl.drawBuffers(textures.map((_, g) => gl.COLOR_ATTACHMENT0 + g));
    if (gl.checkFramebufferStatus(gl.FRAMEBUFFER) !== gl.FRAMEBUFFER_COMPLETE && !gl.isContextLost()) {
        throw new NcaError(`this WebGL 2 cannot write ${groups} textures of floats, ${width} x ${height} pixels`);
    }
    return { textures, framebuffer };
}

export class Cells {
    #gl;
    #grid;
    #programs;
    #layers;
    #now = 0;       // the layers that hold the state
    #life;

    static async create(shader, grid, key, canvas) {
        const gl = canvas.getContext('webgl2', { alpha: false, antialias: false, depth: false });
        if (!gl) throw new NcaError('this browser has no WebGL 2');
        if (!gl.getExtension('EXT_color_buffer_float')) {
            throw new NcaError('this WebGL 2 has no EXT_color_buffer_float: it cannot write floats');
        }
        const most = Math.min(gl.getParameter(gl.MAX_DRAW_BUFFERS), gl.getParameter(gl.MAX_COLOR_ATTACHMENTS));
        if (grid.groups > most) {
            throw new NcaError(`${grid.channels} channels need ${grid.groups} draw buffers, and this WebGL 2 has ${most}`);
        }
        const life = shader.includes('nca_updated0');
        const programs = (life ? [0, 1, 2] : [0, 2]).map((pass) => new Program(gl, shader, pass));
        for (const program of programs) await program.finish(grid, key);
        return new Cells(gl, grid, programs, life);
    }

    constructor(gl, grid, programs, life) {
        this.#gl = gl;
        this.#grid = grid;
        this.#programs = programs;
        this.#life = life;
        this.#layers = (life ? [0, 1, 2] : [0, 1]).map(() => makeLayers(gl, grid));
        gl.viewport(0, 0, grid.width, grid.height);
    }

    get lost() {
        return this.#gl.isContextLost();
    }

    step(number) {
        const next = this.#layers.length - 1 - this.#now;
        const [state, result] = [this.#layers[this.#now], this.#layers[next]];
        const updated = this.#life ? this.#layers[1] : result;
        this.#programs[0].run([state], updated.framebuffer, number);
        if (this.#life) this.#programs[1].run([state, updated], result.framebuffer, number);
        this.#now = next;
    }

    write(x, y, width, height, state) {
        const gl = this.#gl;
        this.#layers[this.#now].textures.forEach((texture, g) => {
            const texels = new Float32Array(4 * width * height);
            this.#visit(g, width * height, (texel, value) => (texels[texel] = state[value]));
            gl.bindTexture(gl.TEXTURE_2D, texture);
            gl.texSubImage2D(gl.TEXTURE_2D, 0, x, y, width, height, gl.RGBA, gl.FLOAT, texels);
        });
    }
    async read() {
        const gl = this.#gl;
        const { width, height, channels, groups } = this.#grid;
        const state = new Float32Array(width * height * channels);
        const texels = new Float32Array(4 * width * height);
        gl.bindFramebuffer(gl.FRAMEBUFFER, this.#layers[this.#now].framebuffer);
        for (let g = 0; g < groups; ++g) {
            gl.readBuffer(gl.COLOR_ATTACHMENT0 + g);
            gl.readPixels(0, 0, width, height, gl.RGBA, gl.FLOAT, texels);
            this.#visit(g, width * height, (texel, value) => (state[value] = texels[texel]));
        }
        return state;
    }
    /** Calls visit(index of a texel's value, index in [cells][channels]) for the channels of a group. */
    #visit(group, cells, visit) {
        const { channels } = this.#grid;
        const end = Math.min(4 * group + 4, channels);
        for (let cell = 0; cell < cells; ++cell) {
            for (let c = 4 * group; c < end; ++c) visit(4 * cell + (c % 4), cell * channels + c);
        }
    }

    draw() {
        this.#programs.at(-1).run([this.#layers[this.#now]], null, 0);
    }
    free() {
        for (const program of this.#programs) program.free();
        for (const { textures, framebuffer } of this.#layers) {
            textures.forEach((texture) => this.#gl.deleteTexture(texture));
            this.#gl.deleteFramebuffer(framebuffer);
        }
    }
}
