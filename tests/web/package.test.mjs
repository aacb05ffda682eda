// SPDX-License-Identifier: Apache-2.0
// The JavaScript package of build/site under node: node --test tests/web
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import test from 'node:test';

const root = new URL('../../', import.meta.url);
const { load, NcaError } = await import(new URL('build/site/nca.js', root));
const nca = await load();

const file = (path) => readFile(new URL(`examples/models/${path}.safetensors`, root));
const open = async (path) => nca.model(await file(path), path);
const lizard = await open('growing/lizard');

function planted(model, options) {
    const world = nca.world(model, options);
    world.plant(world.width >> 1, world.height >> 1);
    return world;
}
/** The mean of a colour, 0 to 255, over pixels that are not white. */
function meanColour(world, colour) {
    const pixels = world.rgba();
    let sum = 0;
    let count = 0;
    for (let i = 0; i < pixels.length; i += 4) {
        if (pixels[i] > 250 && pixels[i + 1] > 250 && pixels[i + 2] > 250) continue;
        sum += pixels[i + colour];
        count += 1;
    }
    return sum / count;
}
/** A red disc of a diameter. */
function disc(side) {
    const data = new Uint8ClampedArray(4 * side * side);
    const middle = (side - 1) / 2;
    for (let i = 0; i < side * side; ++i) {
        if (Math.hypot((i % side) - middle, Math.floor(i / side) - middle) < side / 2) data.set([255, 0, 0, 255], 4 * i);
    }
    return { width: side, height: side, data };
}
const quick = { padding: 3, experiment: 'growing', minSteps: 16, maxSteps: 24 };

test('a creature with a wound has the hash of nca run --deterministic', () => {
    const world = planted(lizard, { width: 96, height: 96, seed: 7 });
    world.step(200);
    world.erase(24, 36, 8);
    world.step(200);
    assert.equal(world.hash(), '026faf1608fac8fd');
    assert.equal(world.steps, 400);
});

test('models of every system become shaders, matrices do not', async () => {
    for (const path of ['growing/lizard', 'mnist/ce', 'textures/bubbles']) {
        const model = await open(path);
        const glsl = model.shader();
        assert.ok(glsl.startsWith('#version 300 es'));
        assert.match(model.shader({ language: 'wgsl' }), /@compute @workgroup_size\(8, 8\)\nfn step\(/);
        assert.match(model.shader({ language: 'hlsl' }), /void step_cells\(/);
        assert.match(model.shader({ language: 'gdshader' }), /void fragment\(/);
        assert.match(model.shader({ language: 'shadertoy' }), /void mainImage\(/);
        assert.ok(model.shader({ int8: true }).length < 0.5 * glsl.length);
    }
    const matrix = await open('adversarial/red_matrix');
    assert.throws(() => matrix.shader(), /NcaError: matrices are no rule/);
    assert.throws(() => lizard.shader({ language: 'metal' }), /NcaError: language: expected glsl, gdshader, shadertoy, wgsl or hlsl/);
});

test('a lizard grows back what was cut', () => {
    const world = planted(lizard);
    world.step(200);
    const whole = world.livingCells;
    world.erase(36, 36, 9);
    assert.ok(world.livingCells < 0.85 * whole);
    world.step(200);
    assert.ok(Math.abs(world.livingCells - whole) < 0.05 * whole);
});

test('reset() repeats the trajectory; other seeds give others', () => {
    const world = planted(lizard, { seed: 5 });
    world.step(30);
    const hash = world.hash();
    world.reset();
    assert.equal(world.steps, 0);
    assert.equal(world.livingCells, 0);
    world.plant(36, 36);
    world.step(30);
    assert.equal(world.hash(), hash);
    const other = planted(lizard, { seed: 6 });
    other.step(30);
    assert.notEqual(other.hash(), hash);
});

test('a state that was stored and loaded is the same state', () => {
    const world = planted(lizard);
    world.step(50);
    const copy = nca.world(lizard);
    copy.load(world.state());
    assert.equal(copy.hash(), world.hash());
    assert.equal(world.state().length, 72 * 72 * 16);
});

test('options hold for the steps that follow', () => {
    const world = planted(lizard);
    world.set({ fireRate: 0, boundary: 'torus', angle: 90 });
    assert.deepEqual([world.options.fireRate, world.options.boundary, world.options.angle], [0, 'torus', 90]);
    const before = world.hash();
    world.step(10);
    assert.equal(world.hash(), before);
});

test('the red matrix reddens the lizard', async () => {
    const world = planted(lizard);
    world.step(200);
    const red = meanColour(world, 0);
    world.setPerturbations([{ model: await open('adversarial/red_matrix'), coefficient: 1 }]);
    world.step(200);
    assert.ok(meanColour(world, 0) > red + 40);
});

test('cells agree on a 7; adversaries among them make it an 8', async () => {
    const world = nca.world(await open('mnist/l2_noise'));
    assert.deepEqual([world.verdict().digit, world.verdict().living], [-1, 0]);
    world.draw(20, 14, 36, 14, 3);
    world.draw(36, 14, 27, 42, 3);
    world.step(200);
    assert.equal(world.verdict().digit, 7);
    assert.ok(world.verdict().agreement > 0.9);
    world.setAdversary(await open('adversarial/always8'));
    world.scatter(0.25);
    assert.ok(world.adversaries > 10);
    world.step(400);
    assert.equal(world.verdict().digit, 8);
    world.draw(20, 14, 36, 14, 12, true);
    world.draw(36, 14, 27, 42, 12, true);
    assert.deepEqual([world.livingCells, world.adversaries], [0, 0]);
});

test('textures live on squares and on hexagons, and take grafts', async () => {
    const world = nca.world(await open('textures/bubbles'), { width: 48, height: 48 });
    const contrast = () => {
        const pixels = [...world.rgba()].filter((_, i) => i % 4 === 0);
        const mean = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
        return Math.sqrt(pixels.reduce((sum, value) => sum + (value - mean) ** 2, 0) / pixels.length);
    };
    world.step(200);
    assert.ok(contrast() > 20);
    world.set({ lattice: 'hexagonal', alignment: 'polar' });
    world.step(200);
    assert.ok(contrast() > 20);
    assert.ok(world.imageHeight < world.imageWidth);
    assert.equal(world.rgba().length, 4 * world.imageWidth * world.imageHeight);
    world.set({ lattice: 'square', alignment: 'cartesian' });
    const before = world.hash();
    world.graft(await open('textures/weave'), 24, 24, 10);
    assert.equal(world.hash(), before);
    world.step(50);
    assert.ok(contrast() > 20);
    world.erase(24, 24, 5);
    assert.equal(world.state()[(24 * 48 + 24) * 12], 0);
});

test('a training lowers its loss; its files hold the creature that is shown', async () => {
    const trainer = nca.train(disc(9), quick);
    assert.ok(Number.isNaN(trainer.loss));
    trainer.step();
    const first = trainer.loss;
    for (let i = 0; i < 300 && trainer.loss > first / 10; ++i) trainer.step(5);
    assert.ok(trainer.loss <= first / 10, `${first} fell to ${trainer.loss} in ${trainer.iteration} iterations`);
    const world = planted(trainer.model());
    assert.deepEqual([world.width, world.height], [15, 15]);
    const again = planted(nca.model(trainer.safetensors()));
    world.step(40);
    again.step(40);
    assert.equal(again.hash(), world.hash());
    assert.ok(meanColour(world, 0) > 200);
    const published = planted(nca.model(trainer.json()), { width: 15, height: 15 });
    published.step(40);
    assert.ok(meanColour(published, 0) > 200);
    assert.match(trainer.header('disc'), /namespace disc/);
    assert.throws(() => trainer.header('namespace'), NcaError);
});

test('a training that resumes from its checkpoint goes on bit for bit', () => {
    const whole = nca.train(disc(6), quick);
    whole.step(8);
    const first = nca.train(disc(6), quick);
    first.step(5);
    const second = nca.train(disc(6), quick);
    second.resume(first.checkpoint());
    assert.equal(second.iteration, 5);
    second.step(3);
    assert.deepEqual(second.safetensors(), whole.safetensors());
    assert.throws(() => nca.train(disc(7), quick).resume(first.checkpoint()), NcaError);
});

test('every model of the project is read, and tells its system', async () => {
    for (const [folder, system] of [['growing', 'growing'], ['mnist', 'mnist'], ['textures', 'texture']]) {
        for (const name of await readdir(new URL(`examples/models/${folder}/`, root))) {
            if (!name.endsWith('.safetensors')) continue;
            const model = await open(`${folder}/${name.slice(0, -12)}`);
            assert.equal(model.system, system);
            assert.ok(model.parameters > 0);
            nca.world(model, { width: 16, height: 16 }).step(3);
        }
    }
    assert.deepEqual((await open('adversarial/red_matrix')).system, 'perturbations');
});

test('what is wrong is told in one sentence, and nothing changes', async () => {
    const world = planted(lizard);
    const digits = nca.world(await open('mnist/ce'));
    const bubbles = nca.world(await open('textures/bubbles'), { width: 16, height: 16 });
    const bytes = await file('growing/lizard');
    const hash = world.hash();
    const freed = await open('growing/lizard');
    freed.free();
    const stranger = (await load()).model(bytes);
    const wrong = [
        () => nca.world(freed),
        () => nca.world(stranger),
        () => nca.world(lizard, null),
        () => world.setAdversary(stranger),
        () => world.setAdversary(freed),
        () => world.setPerturbations(null),
        () => world.setPerturbations([null]),
        () => nca.model(new Uint8Array(0)),
        () => nca.model(new Uint8Array(100)),
        () => nca.model(bytes.subarray(0, 20000)),
        () => nca.model('lizard'),
        () => nca.world(lizard, { width: 0 }),
        () => nca.world(lizard, { width: 1.5 }),
        () => nca.world(lizard, { width: 4096, height: 4096 }),
        () => nca.world(lizard, { hight: 5 }),
        () => nca.world({}, {}),
        () => world.set({ fireRate: 2 }),
        () => world.set({ fireRate: NaN }),
        () => world.set({ lattice: 'hexagonal' }),
        () => world.set({ colour: 1 }),
        () => world.step(-1),
        () => world.plant(NaN, 0),
        () => world.erase(0, 0, Infinity),
        () => world.load(new Float32Array(3)),
        () => world.load(new Float32Array(72 * 72 * 16).fill(NaN)),
        () => world.draw(0, 0, 1, 1, 2),
        () => world.verdict(),
        () => world.scatter(0.5),
        () => world.setAdversary(digits.model),
        () => world.setPerturbations([{ model: lizard, coefficient: 1 }]),
        () => world.graft(lizard, 1, 1, 1),
        () => digits.plant(1, 1),
        () => digits.set({ angle: 10 }),
        () => bubbles.follow(lizard),
        () => bubbles.setAdversary(lizard),
        () => nca.train({ width: 4, height: 4, data: new Uint8Array(3) }),
        () => nca.train(disc(4), { experiment: 'dreaming' }),
        () => nca.train(disc(4), { minSteps: 20, maxSteps: 10 }),
        () => nca.train(disc(200)),
        () => nca.train(disc(40), { poolSize: 16384 }),
    ];
    for (const attempt of wrong) {
        assert.throws(attempt, (error) => error instanceof NcaError && error.message.length > 10 && !error.message.includes('\n'),
            attempt.toString());
    }
    assert.equal(world.hash(), hash);
    world.free();
    world.free();
    assert.throws(() => world.step(), /freed/);
});

test('damaged files are refused in words or read; the module goes on', async () => {
    let refused = 0;
    for (const path of ['growing/lizard', 'mnist/ce', 'textures/stripes', 'adversarial/red_matrix']) {
        const bytes = new Uint8Array(await file(path));
        const header = 8 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
        for (let i = 0; i < 200; ++i) {
            const damaged = bytes.slice(0, i % 4 === 0 ? Math.floor((bytes.length * i) / 200) : bytes.length);
            if (i % 4 !== 0) damaged[(i * 7919) % header] ^= 1 << i % 8;
            try {
                nca.model(damaged).free();
            } catch (error) {
                assert.ok(error instanceof NcaError, `${path}, ${i}: ${error}`);
                refused += 1;
            }
        }
    }
    assert.ok(refused > 400, `${refused} refused`);
    assert.equal((await open('growing/lizard')).channels, 16);
});

const data = process.env.NCA_DATA;
test('the published models are read', { skip: data ? false : 'NCA_DATA is not set' }, async () => {
    const folder = new URL(`file://${data}/growing/published_json/`);
    for (const name of (await readdir(folder)).filter((entry) => entry.endsWith('.json'))) {
        const model = nca.model(await readFile(new URL(name, folder)), name);
        const world = planted(model, { width: 72, height: 72 });
        world.step(64);
        assert.ok(world.livingCells > 50, name);
    }
});
