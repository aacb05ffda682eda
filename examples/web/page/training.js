// SPDX-License-Identifier: Apache-2.0
// Train: a drawing, an emoji or a picture becomes a creature, in a worker, before one's eyes.
import { button, element, number, select } from './controls.js';
import { Creature } from './creature.js';
import { createDownloads } from './downloads.js';
import { LossCurve } from './loss_curve.js';
import { Player } from './player.js';
import { TargetEditor } from './target.js';

export async function create({ nca, library, status, fail, open, paused }) {
    const target = new TargetEditor({ fail });
    const curve = new LossCurve();
    const figures = element('p', 'hint figures', 'Not started.');
    const creature = new Creature(nca, { label: 'The creature in training', changed: () => player.redraw() });
    const player = new Player({
        step() {
            if (!creature.world) return;
            creature.world.step();
            if (++age >= lifetime && state === 'running') {
                age = 0;
                creature.world.clear();
                creature.plant();
            }
        },
        draw: () => creature.draw(),
        paused,
    });

    let worker = null;
    let state = 'idle';     // idle, running, paused, stopped
    let model = null;       // the present weights
    let age = 0;            // in steps, under all the weights that it has had
    let lifetime = 192;     // steps until the creature on the screen begins again: twice what it is trained for
    let filesWanted = null; // resolves to the files of the worker

    const options = {
        experiment: select('Experiment', {
            options: [['growing', '1 \u00b7 Growing'], ['persistent', '2 \u00b7 Persistent'], ['regenerating', '3 \u00b7 Regenerating']],
            value: 'regenerating',
        }),
        seed: number('Seed', { min: 0, max: Number.MAX_SAFE_INTEGER, value: 1 }),
        padding: number('Empty cells around the target', { min: 1, max: 32, value: 8 }),
        batch: number('Samples per iteration', { min: 1, max: 64, value: 8 }),
        poolSize: number('Samples in the pool', { min: 1, max: 4096, value: 256 }),
        minSteps: number('Steps of a rollout, from', { min: 1, max: 512, value: 64 }),
        maxSteps: number('to below', { min: 2, max: 513, value: 96 }),
    };

    const files = (name) => new Promise((resolve, reject) => {
        filesWanted = { resolve, reject };
        worker.postMessage({ type: 'files', name });
    });
    const downloads = createDownloads({ nca, files, fail });
    const start = button('Train', () => begin(), { primary: true });
    const pause = button('Pause', () => change(state === 'running' ? 'paused' : 'running'));
    const stop = button('Stop', () => change('stopped'));
    const send = button('Open in Grow', async () => {
        try {
            const { safetensors } = await files('creature');
            await open('grow', library.add(safetensors, downloads.name));
        } catch (error) {
            fail(error);
        }
    });

    function change(next) {
        if (next === state) return;
        if (next === 'running' && state === 'paused') worker.postMessage({ type: 'resume' });
        if (next === 'paused' || next === 'stopped') worker.postMessage({ type: 'pause' });
        state = next;
        update();
    }

    function update() {
        const active = state === 'running' || state === 'paused';
        start.textContent = state === 'stopped' ? 'Train again' : 'Train';
        start.disabled = active;
        pause.disabled = stop.disabled = !active;
        pause.textContent = state === 'paused' ? 'Resume' : 'Pause';
        for (const control of Object.values(options)) control.input.disabled = active;
        send.disabled = downloads.disabled = model === null;
    }

    function begin() {
        if (target.empty) {
            fail('There is nothing to train towards yet: draw something, choose an emoji or open a picture.');
            return;
        }
        const values = Object.fromEntries(Object.entries(options).map(([key, control]) => [key, control.value]));
        const bad = Object.values(options).find(({ input }) => !input.checkValidity());
        if (bad) {
            fail(`${bad.querySelector('label').textContent}: ${bad.input.validationMessage}`);
            return;
        }
        worker?.terminate();
        filesWanted?.reject(new Error('The training was started anew.'));
        worker = new Worker(new URL('./training_worker.js', import.meta.url), { type: 'module' });
        worker.onmessage = ({ data }) => messages[data.type](data);
        worker.onerror = (event) => messages.failed({ message: event.message || 'The training could not be started.' });
        curve.clear();
        lifetime = 2 * values.maxSteps;
        model?.free();
        model = null;
        figures.textContent = 'Starting\u2026';
        worker.postMessage({ type: 'start', target: target.target, options: values });
        state = 'running';
        update();
    }

    const messages = {
        started({ width, height, threads }) {
            status(`Training on a grid of ${width} \u00d7 ${height} cells${threads > 1 ? ` with ${threads} threads` : ''}.`);
        },
        progress({ iteration, losses, rate }) {
            curve.add(losses);
            figures.textContent = `Iteration ${iteration.toLocaleString('en')} \u00b7 loss ${losses.at(-1).toExponential(2)} \u00b7 ` +
                `${rate.toFixed(rate < 10 ? 1 : 0)} iterations/s`;
        },
        model({ bytes }) {
            const next = nca.model(bytes, 'creature');
            if (model && creature.world.width === next.width && creature.world.height === next.height) {
                creature.follow(next);
            } else {
                creature.grow(next);
                age = 0;
            }
            model?.free();
            model = next;
            player.redraw();
            update();
        },
        paused() {
            if (state === 'paused') status('The training waits.');
            if (state === 'stopped') status('The training has ended; the creature can be downloaded.');
        },
        files(data) {
            filesWanted?.resolve(data);
            filesWanted = null;
        },
        failed({ message }) {
            fail(message);
            filesWanted?.reject(new Error(message));
            filesWanted = null;
            state = 'stopped';
            update();
        },
    };

    const panel = (title, ...children) => element('section', 'panel', element('h2', '', title), ...children);
    update();
    target.write('\u{1f98e}');
    return {
        element: element('div', 'training',
            panel('Target', target.element),
            panel('Creature', creature.element, element('div', 'buttons', start, pause, stop, send), figures, curve.element,
                element('details', '', element('summary', '', 'Settings of the training'),
                    element('div', 'controls settings', ...Object.values(options))),
                downloads.element)),
        start: () => player.start(),
        stop: () => player.stop(),
        drop: (file) => target.picture(file),
    };
}
