// SPDX-License-Identifier: Apache-2.0
// Labelled controls. Each function returns an element; those with a value have `value` and `input`.

let count = 0;

/** An element of a class, with children: elements or texts. */
export function element(tag, className, ...children) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    node.append(...children);
    return node;
}

export function button(text, action, { title = '', primary = false } = {}) {
    const node = element('button', primary ? 'primary' : '', text);
    node.type = 'button';
    if (title) node.title = title;
    node.addEventListener('click', action);
    return node;
}

/** A button that is down or up; change(pressed). */
export function toggle(text, pressed, change) {
    const node = button(text, () => {
        node.setAttribute('aria-pressed', String(node.getAttribute('aria-pressed') !== 'true'));
        change(node.getAttribute('aria-pressed') === 'true');
    });
    node.setAttribute('aria-pressed', String(pressed));
    return node;
}

function labelled(text, input, ...more) {
    input.id = `control-${++count}`;
    const label = element('label', '', text);
    label.htmlFor = input.id;
    const node = element('div', 'control', label, ...more, input);
    node.input = input;
    return node;
}

/** A slider; format(value) is the text of its value; change(value) is called while it moves. */
export function slider(text, { min, max, step = 1, value, format = String, change = () => {} }) {
    const input = element('input');
    Object.assign(input, { type: 'range', min, max, step });
    input.value = value;
    const output = element('output');
    const update = () => {
        output.textContent = format(input.valueAsNumber);
        input.setAttribute('aria-valuetext', output.textContent);
    };
    input.addEventListener('input', () => {
        update();
        change(input.valueAsNumber);
    });
    update();
    const node = labelled(text, input, output);
    Object.defineProperty(node, 'value', {
        get: () => input.valueAsNumber,
        set: (number) => {
            input.value = number;
            update();
        },
    });
    return node;
}

/** A choice from [value, text] pairs; options can be replaced with setOptions. */
export function select(text, { options, value, change = () => {} }) {
    const input = element('select');
    input.addEventListener('change', () => change(input.value));
    const node = labelled(text, input);
    node.setOptions = (pairs, chosen = input.value) => {
        input.replaceChildren(...pairs.map(([key, title]) => new Option(title, key, false, key === chosen)));
    };
    node.setOptions(options, value);
    Object.defineProperty(node, 'value', { get: () => input.value, set: (key) => (input.value = key) });
    return node;
}

export function number(text, { min, max, step = 1, value, change = () => {} }) {
    const input = element('input');
    Object.assign(input, { type: 'number', min, max, step, value });
    input.addEventListener('change', () => change(input.valueAsNumber));
    const node = labelled(text, input);
    Object.defineProperty(node, 'value', { get: () => input.valueAsNumber, set: (v) => (input.value = v) });
    return node;
}

/** A small set of alternatives, all visible: [value, text] pairs as radio buttons that look like one bar. */
export function segments(text, { options, value, change = () => {} }) {
    const name = `control-${++count}`;
    const node = element('fieldset', 'segments', element('legend', '', text));
    for (const [key, title] of options) {
        const input = element('input');
        Object.assign(input, { type: 'radio', name, value: key, checked: key === value });
        input.addEventListener('change', () => change(key));
        node.append(element('label', '', input, element('span', '', title)));
    }
    Object.defineProperty(node, 'value', {
        get: () => node.querySelector(':checked').value,
        set: (key) => (node.querySelector(`[value="${key}"]`).checked = true),
    });
    return node;
}

/** Pause, step and reset of a player, and its speed in powers of two. */
export function playback(player, { reset, speeds = [-4, 4] }) {
    const pause = button('', () => (player.paused = !player.paused));
    player.onPause = (paused) => (pause.textContent = paused ? 'Play' : 'Pause');
    player.onPause(player.paused);
    const step = button('Step', () => {
        player.paused = true;
        player.once();
    });
    const again = button('Reset', () => {
        reset();
        player.redraw();
    });
    const speed = slider('Speed', {
        min: speeds[0],
        max: speeds[1],
        value: Math.log2(player.speed),
        format: (exponent) => `${exponent < 0 ? `1/${2 ** -exponent}` : 2 ** exponent}\u00d7`,
        change: (exponent) => (player.speed = 2 ** exponent),
    });
    return element('div', 'playback', element('div', 'buttons', pause, step, again), speed);
}
