// SPDX-License-Identifier: Apache-2.0
// The shell of the page: loads the engine, shows one part at a time, takes models that are dropped anywhere.
//
// A part is a module with one function,
//
//     export function create(context) -> part
//
// which is called once, when the part is first shown, and may be async. A part is an object:
//
//     element            the HTMLElement with all of it; the shell puts it under the part's heading
//     start(), stop()    it became visible, or hidden: only the visible part computes (training goes on in its worker)
//     show(entry)        optional: show this entry of the library, of one of the part's systems (dropped, or sent by a part)
//     drop(file)         optional: take this picture file; returns a promise, throws an Error with one sentence
//
// The context that it is given:
//
//     nca                the engine: what load() of nca.js gives
//     library            the models: library.js
//     status(text)       says one sentence in the status line (and to screen readers)
//     fail(error)        says what went wrong, the same way
//     open(id, entry)    shows a part ('grow', 'digits', 'textures', 'hijack', 'train', 'gpu') and, in it, an entry of the library
//     paused             true where animation must not start by itself (prefers-reduced-motion)
//
// Shared modules: player.js steps and draws at 60 frames per second, cell_canvas.js shows cells and takes the brush by
// mouse, finger and keyboard, controls.js makes labelled controls. Styles: the classes at the end of style.css.
import { load } from './nca.js';
import { Library } from './library.js';

const parts = {
    grow: { module: './growing.js', systems: ['growing'] },
    digits: { module: './digits.js', systems: ['mnist'] },
    textures: { module: './textures.js', systems: ['texture'] },
    hijack: { module: './adversaries.js', systems: ['perturbations'] },
    train: { module: './training.js', systems: [] },
    gpu: { module: './side_by_side.js', systems: [] },
};

const statusLine = document.getElementById('status');
const made = new Map();     // id -> promise of the part
let visible = null;         // id of the part on the screen
let running = null;         // the part that was started

let statusTimer = 0;

function say(text, failure) {
    statusLine.textContent = text;
    statusLine.classList.toggle('failure', failure);
    clearTimeout(statusTimer);
    statusTimer = setTimeout(() => say('', false), failure ? 20000 : 8000);
}

const status = (text) => say(text, false);
const fail = (error) => say(error instanceof Error ? error.message : String(error), true);

const context = {
    status,
    fail,
    open,
    paused: matchMedia('(prefers-reduced-motion: reduce)').matches,
};

function make(id) {
    if (!made.has(id)) {
        const promise = (async () => {
            const module = await import(parts[id].module);
            await ready;
            const part = await module.create(context);
            document.querySelector(`#${id} > .part`).replaceChildren(part.element);
            return part;
        })();
        promise.catch(() => made.delete(id));
        made.set(id, promise);
    }
    return made.get(id);
}

/** Shows a part; resolves to it once it runs. */
async function select(id) {
    visible = id;
    for (const other of Object.keys(parts)) {
        document.getElementById(other).hidden = other !== id;
        const link = document.querySelector(`nav a[href="#${other}"]`);
        if (other === id) link.setAttribute('aria-current', 'page');
        else link.removeAttribute('aria-current');
    }
    running?.stop();
    running = null;
    const part = await make(id);
    if (visible === id && running !== part && !document.hidden) {
        running = part;
        part.start();
    }
    return part;
}

async function open(id, entry) {
    if (location.hash !== `#${id}`) history.pushState(null, '', `#${id}`);
    const part = await select(id);
    if (entry) await part.show?.(entry);
    return part;
}

const partOfAddress = () => (location.hash.slice(1) in parts ? location.hash.slice(1) : 'grow');
const navigate = () => select(partOfAddress()).catch(fail);
addEventListener('hashchange', navigate);
addEventListener('popstate', navigate);
document.addEventListener('visibilitychange', () => {
    if (!document.hidden) {
        navigate();
        return;
    }
    running?.stop();
    running = null;
});

/** Opens files where they belong: models by their system, pictures in training. */
async function take(files) {
    for (const file of files) {
        try {
            if (file.type.startsWith('image/')) {
                const part = await open('train');
                await part.drop(file);
                continue;
            }
            const entry = context.library.add(new Uint8Array(await file.arrayBuffer()), file.name);
            const [id] = Object.entries(parts).find(([, part]) => part.systems.includes(entry.system));
            await open(id, entry);
            status(`${file.name} was opened: ${entry.model.parameters.toLocaleString('en')} parameters.`);
        } catch (error) {
            fail(`${file.name}: ${error.message}`);
        }
    }
}

const hasFiles = (event) => event.dataTransfer?.types.includes('Files');
addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    document.body.classList.add('dropping');
});
addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) document.body.classList.remove('dropping');
});
addEventListener('drop', (event) => {
    document.body.classList.remove('dropping');
    if (!hasFiles(event)) return;
    event.preventDefault();
    take([...event.dataTransfer.files]);
});
addEventListener('paste', (event) => {
    if (event.clipboardData?.files.length) take([...event.clipboardData.files]);
});
document.getElementById('open-file').addEventListener('change', (event) => {
    take([...event.target.files]).finally(() => (event.target.value = ''));
});

const theme = document.getElementById('theme');
const dark = () => (document.documentElement.dataset.theme ??
    (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
const labelTheme = () => theme.setAttribute('aria-pressed', String(dark()));
theme.addEventListener('click', () => {
    document.documentElement.dataset.theme = dark() ? 'light' : 'dark';
    localStorage.setItem('theme', document.documentElement.dataset.theme);
    labelTheme();
    dispatchEvent(new Event('themechange'));
});
labelTheme();

const ready = load().then((nca) => {
    context.nca = nca;
    context.library = new Library(nca);
});
navigate();
