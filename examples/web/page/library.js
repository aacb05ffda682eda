// SPDX-License-Identifier: Apache-2.0
// The models that the page knows: those that come with it, loaded when they are first wanted, and those that were
// dropped or trained here.

const builtIn = [
    ['growing', 'lizard', 'Lizard', 'models/growing/lizard.safetensors'],
    ['growing', 'mushroom', 'Mushroom', 'models/growing/mushroom.safetensors'],
    ['growing', 'snail', 'Snail', 'models/growing/snail.safetensors'],
    ['growing', 'lizard_growing', 'Lizard, experiment 1', 'models/growing/lizard_growing.safetensors'],
    ['growing', 'lizard_persistent', 'Lizard, experiment 2', 'models/growing/lizard_persistent.safetensors'],
    ['growing', 'no_tail_adversary', 'No-tail adversary', 'models/adversarial/no_tail_adversary.safetensors'],
    ['mnist', 'l2_noise', 'L2 loss with noise', 'models/mnist/l2_noise.safetensors'],
    ['mnist', 'ce', 'Cross-entropy', 'models/mnist/ce.safetensors'],
    ['mnist', 'always8', 'Always 8 adversary', 'models/adversarial/always8.safetensors'],
    ['texture', 'bubbles', 'Bubbles', 'models/textures/bubbles.safetensors'],
    ['texture', 'chequers', 'Chequers', 'models/textures/chequers.safetensors'],
    ['texture', 'scales', 'Scales', 'models/textures/scales.safetensors'],
    ['texture', 'stripes', 'Stripes', 'models/textures/stripes.safetensors'],
    ['texture', 'weave', 'Weave', 'models/textures/weave.safetensors'],
    ['perturbations', 'red_matrix', 'Red', 'models/adversarial/red_matrix.safetensors'],
    ['perturbations', 'blue_matrix', 'Blue', 'models/adversarial/blue_matrix.safetensors'],
    ['perturbations', 'no_tail_matrix', 'No tail', 'models/adversarial/no_tail_matrix.safetensors'],
];

/** Dispatches 'change' when a model was added; the event's detail is the entry. */
export class Library extends EventTarget {
    #nca;
    #entries = builtIn.map(([system, id, title, url]) => ({
        system, id, title, url, builtIn: true, adversary: title.endsWith('adversary'), model: null,
    }));

    constructor(nca) {
        super();
        this.#nca = nca;
    }

    /**
     * The entries { system, id, title, builtIn, adversary, model } of a system. The model is null until it was loaded; an
     * adversary is meant to live among cells of another model.
     */
    entries(system) {
        return this.#entries.filter((entry) => entry.system === system);
    }

    entry(id) {
        return this.#entries.find((entry) => entry.id === id);
    }

    /** The model of an entry, or of an id. It belongs to the library: do not free it. */
    async model(entryOrId) {
        const entry = typeof entryOrId === 'string' ? this.entry(entryOrId) : entryOrId;
        entry.loading ??= entry.model ? Promise.resolve(entry.model) : this.#fetch(entry);
        try {
            return await entry.loading;
        } catch (error) {
            entry.loading = null;
            throw error;
        }
    }

    /** Adds a model; throws the sentence that says why it is none. */
    add(bytes, name) {
        const model = this.#nca.model(bytes, name);
        const title = name.replace(/\.(safetensors|json)$/i, '');
        const entry = { system: model.system, id: `added-${this.#entries.length}`, title, builtIn: false, model };
        this.#entries.push(entry);
        this.dispatchEvent(new CustomEvent('change', { detail: entry }));
        return entry;
    }

    async #fetch(entry) {
        const response = await fetch(entry.url);
        if (!response.ok) throw new Error(`The model ${entry.url} could not be loaded.`);
        entry.model = this.#nca.model(await response.arrayBuffer(), entry.title);
        return entry.model;
    }
}
