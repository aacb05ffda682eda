// SPDX-License-Identifier: Apache-2.0
// The trained model as files, and what the program makes of it: the command, and the hash that it will print.
import { button, element, number } from './controls.js';

function save(content, type, name) {
    const link = element('a');
    link.href = URL.createObjectURL(new Blob([content], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

/** The hash of the state after some steps from a seed in the middle of the model's grid. */
function hashOf(nca, bytes, steps, seed) {
    const model = nca.model(bytes);
    const world = nca.world(model, { seed });
    world.plant(Math.floor(world.width / 2), Math.floor(world.height / 2));
    world.step(steps);
    const hash = world.hash();
    world.free();
    model.free();
    return hash;
}

/** files(name) resolves to { safetensors, json, header }. */
export function createDownloads({ nca, files, fail }) {
    const name = element('input');
    Object.assign(name, { type: 'text', value: 'creature', maxLength: 40, id: 'model-name' });
    const nameLabel = element('label', '', 'Name');
    nameLabel.htmlFor = name.id;
    // A name that is right for a file and for C++.
    const identifier = () => name.value.trim().replace(/[^A-Za-z0-9_]+/g, '_').replace(/^(?=[0-9])|^$/, 'creature');
    const steps = number('Steps', { min: 1, max: 5000, value: 200, change: () => describe() });
    const seed = number('Seed of the run', { min: 0, max: Number.MAX_SAFE_INTEGER, value: 1, change: () => describe() });
    const command = element('code', 'command');
    const hash = element('code', 'hash');
    const proof = element('div', 'proof', element('p', 'hint',
        'The program computes the same states, bit for bit. For the file that you downloaded,'), command,
        element('p', 'hint', 'prints this hash:'), hash, element('div', 'pair', steps, seed));
    proof.hidden = true;
    let downloaded = null;      // { bytes, name }

    function describe() {
        if (!downloaded || !steps.input.checkValidity() || !seed.input.checkValidity()) return;
        command.textContent = `nca run ${downloaded.name}.safetensors --deterministic --steps ${steps.value} --seed ${seed.value}`;
        hash.textContent = hashOf(nca, downloaded.bytes, steps.value, seed.value);
        proof.hidden = false;
    }

    const kinds = [
        ['.safetensors', (all) => [all.safetensors, 'application/octet-stream']],
        ['.json', (all) => [all.json, 'application/json']],
        ['.hpp', (all) => [all.header, 'text/x-c++hdr']],
    ];
    const buttons = kinds.map(([extension, pick]) => button(extension, async () => {
        try {
            const all = await files(identifier());
            save(...pick(all), identifier() + extension);
            downloaded = { bytes: all.safetensors, name: identifier() };
            describe();
        } catch (error) {
            fail(error);
        }
    }, { title: `Download ${extension}` }));

    const node = element('div', 'downloads controls',
        element('div', 'control', nameLabel, name),
        element('div', 'buttons', element('span', 'hint', 'Download'), ...buttons), proof);
    return {
        element: node,
        get name() {
            return identifier();
        },
        set disabled(value) {
            buttons.forEach((one) => (one.disabled = value));
        },
    };
}
