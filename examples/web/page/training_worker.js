// SPDX-License-Identifier: Apache-2.0
// Trains a creature in a thread of its own, with an engine of its own.
//
// Takes    { type: 'start', target, options }, { type: 'pause' }, { type: 'resume' }, { type: 'files', name }
// Answers  { type: 'started', width, height, threads }, { type: 'progress', iteration, losses, rate },
//          { type: 'model', bytes }, { type: 'paused' }, { type: 'files', safetensors, json, header },
//          { type: 'failed', message }
import { load } from './nca.js';

const reportInterval = 150;     // milliseconds
const modelInterval = 500;

const channel = new MessageChannel();
let trainer = null;
let running = false;
let paused = false;             // also before the training was made
let scheduled = false;
let losses = [];
let iterations = 0;             // and busy milliseconds since the last report, for the rate
let busy = 0;
let reported = 0;
let modelSent = 0;

function schedule() {
    if (scheduled || !running) return;
    scheduled = true;
    // A message to oneself lets other messages in between two iterations, without the delay of a timer.
    channel.port2.postMessage(null);
}

function report(now) {
    if (losses.length) {
        postMessage({ type: 'progress', iteration: trainer.iteration, losses, rate: (1000 * iterations) / busy });
        losses = [];
    }
    iterations = busy = 0;
    reported = now;
}

function sendModel(now) {
    const bytes = trainer.safetensors().slice();
    postMessage({ type: 'model', bytes }, [bytes.buffer]);
    modelSent = now;
}

channel.port1.onmessage = () => {
    scheduled = false;
    if (!running) return;
    try {
        const start = performance.now();
        losses.push(trainer.step());
        const now = performance.now();
        iterations += 1;
        busy += now - start;
        if (now - reported > reportInterval) report(now);
        if (now - modelSent > modelInterval) sendModel(now);
        schedule();
    } catch (error) {
        running = false;
        postMessage({ type: 'failed', message: error.message });
    }
};

const actions = {
    async start({ target, options }) {
        const threads = self.crossOriginIsolated ? navigator.hardwareConcurrency : 1;
        const nca = await load({ threads });
        trainer = nca.train(target, options);
        postMessage({ type: 'started', width: trainer.width, height: trainer.height, threads: nca.threads });
        running = !paused;
        schedule();
    },
    pause() {
        paused = true;
        running = false;
        report(performance.now());
        if (trainer?.iteration > 0) sendModel(performance.now());
        postMessage({ type: 'paused' });
    },
    resume() {
        paused = false;
        running = trainer !== null;
        schedule();
    },
    files({ name }) {
        postMessage({
            type: 'files',
            safetensors: trainer.safetensors().slice(),
            json: trainer.json().slice(),
            header: trainer.header(name),
        });
    },
};

onmessage = async ({ data }) => {
    try {
        await actions[data.type](data);
    } catch (error) {
        running = false;
        postMessage({ type: 'failed', message: error.message });
    }
};
