// SPDX-License-Identifier: Apache-2.0
// What speed.cpp times natively, with the package of build/site.
import { readFile } from 'node:fs/promises';

const root = new URL('../../', import.meta.url);
const { load } = await import(new URL('build/site/nca.js', root));
const nca = await load();

/** The milliseconds of the fastest of some calls. */
function fastest(count, work) {
    let best = Infinity;
    for (let i = 0; i < count; ++i) {
        const start = performance.now();
        work();
        best = Math.min(best, performance.now() - start);
    }
    return best;
}

const lizard = nca.model(await readFile(new URL('examples/models/growing/lizard.safetensors', root)));
const world = nca.world(lizard, { width: 72, height: 72, seed: 7 });
world.plant(36, 36);
world.step(300);
const step = fastest(60, () => world.step(20)) / 20;

const side = 40;
const data = new Uint8ClampedArray(4 * side * side);
for (let i = 0; i < side * side; ++i) {
    if (((i % side) - 20) ** 2 + (Math.floor(i / side) - 20) ** 2 < 250) data.set([255, 0, 0, 255], 4 * i);
}
const trainer = nca.train({ width: side, height: side, data }, { padding: 16 });
trainer.step(3);
const iteration = fastest(12, () => trainer.step());
console.log((step * 1e3).toFixed(1), iteration.toFixed(1));
