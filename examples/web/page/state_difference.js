// SPDX-License-Identifier: Apache-2.0
// How far two states of a creature are from each other, and where.

const alpha = 3;
const alive = 0.1;
// Differences of as many powers of ten are told apart in the picture, up to 1.
const decades = 8;

/** What differs between two states [cell][channels]: the most in any channel, and the cells that live in one alone. */
export function compare(one, other, channels) {
    const cells = one.length / channels;
    const each = new Float32Array(cells);
    let lives = 0;
    for (let cell = 0; cell < cells; ++cell) {
        const first = cell * channels;
        for (let c = first; c < first + channels; ++c) each[cell] = Math.max(each[cell], Math.abs(one[c] - other[c]));
        if (one[first + alpha] > alive !== other[first + alpha] > alive) lives += 1;
    }
    return { each, largest: each.reduce((a, b) => Math.max(a, b), 0), lives };
}

/** White where there is no difference, by way of orange to black where there is one of 1. */
export function drawDifference(each) {
    const rgba = new Uint8ClampedArray(4 * each.length).fill(255);
    each.forEach((difference, cell) => {
        if (difference === 0) return;
        const level = Math.min(Math.max(1 + Math.log10(difference) / decades, 0.04), 1);
        rgba[4 * cell] = 510 - 510 * Math.max(level, 0.5);
        rgba[4 * cell + 1] = 255 - 255 * Math.min(1.2 * level, 1);
        rgba[4 * cell + 2] = 255 - 255 * Math.min(2 * level, 1);
    });
    return rgba;
}
