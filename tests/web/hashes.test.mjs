// SPDX-License-Identifier: Apache-2.0
// States in WebAssembly have the bits of native deterministic runs: of constants that trajectories.cpp prints, and of
// the program that NCA_PROGRAM names.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
const { load } = await import(new URL('build/site/nca.js', root));
const nca = await load();
const place = (path) => new URL(`examples/models/${path}.safetensors`, root);
const open = async (path) => nca.model(await readFile(place(path)), path);

test('adversaries among a creature', async () => {
    const world = nca.world(await open('growing/lizard'), { width: 72, height: 72, seed: 7 });
    world.plant(36, 36);
    world.step(100);
    world.setAdversary(await open('adversarial/no_tail_adversary'));
    world.assign(40, 30, 8, true);
    assert.ok(world.adversaries > 100);
    world.step(100);
    assert.equal(world.hash(), '7635f9c1e62866ad');
});

test('a perturbed creature', async () => {
    const world = nca.world(await open('growing/lizard'), { width: 72, height: 60, seed: 7 });
    world.set({ boundary: 'torus', angle: 30 });
    world.setPerturbations([{ model: await open('adversarial/red_matrix'), coefficient: 0.5 }]);
    world.plant(36, 30);
    world.step(200);
    assert.equal(world.hash(), '1f96af394050a50d');
});

test('a digit, and adversaries among its cells', async () => {
    const world = nca.world(await open('mnist/l2_noise'), { width: 56, height: 56, seed: 7 });
    world.set({ noise: 0.02 });
    const state = world.state();
    const ink = (x, y) => { state[(y * 56 + x) * world.channels] = 1; };
    for (let x = 20; x <= 36; ++x) [14, 15].forEach((y) => ink(x, y));
    for (let y = 14; y <= 41; ++y) [35, 36].forEach((x) => ink(x, y));
    world.load(state);
    world.step(100);
    assert.equal(world.hash(), 'd26789ecc79f2416');
    world.setAdversary(await open('adversarial/always8'));
    world.assign(30, 14, 4, true);
    world.step(100);
    assert.equal(world.hash(), '814eff2a49a139f2');
});

test('a texture on squares and on hexagons', async () => {
    const bubbles = await open('textures/bubbles');
    const squares = nca.world(bubbles, { width: 48, height: 40, seed: 7 });
    squares.step(200);
    assert.equal(squares.hash(), 'd94cb58cf8924647');
    const hexagons = nca.world(bubbles, { width: 48, height: 40, seed: 7 });
    hexagons.set({ lattice: 'hexagonal', alignment: 'polar' });
    hexagons.step(200);
    assert.equal(hexagons.hash(), 'b2042faa1ca161e5');
});

const program = process.env.NCA_PROGRAM;
test('nca run --deterministic', { skip: program ? false : 'NCA_PROGRAM is not set' }, async () => {
    const file = (path) => fileURLToPath(place(path));
    const [line] = execFileSync(program, ['run', file('growing/lizard'), '--deterministic', '--height', '64', '--width', '80',
        '--seed', '11', '--steps', '300', '--fire-rate', '0.7', '--rotate', '45', '--damage', '150:30,32,7',
        '--perturb', `${file('adversarial/red_matrix')}:0.3`, '--perturb-order', 'after'], { encoding: 'utf8' })
        .trim().split('\n').slice(-1);
    const world = nca.world(await open('growing/lizard'), { width: 80, height: 64, seed: 11 });
    world.set({ fireRate: 0.7, angle: 45 });
    world.setPerturbations([{ model: await open('adversarial/red_matrix'), coefficient: 0.3 }]);
    world.plant(40, 32);
    world.step(150);
    world.erase(30, 32, 7);
    world.step(150);
    assert.equal(world.hash(), JSON.parse(line).hash);
});
