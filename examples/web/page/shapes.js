// SPDX-License-Identifier: Apache-2.0
// Digits as a pen draws them: strokes of points in cells from the middle, x to the right and y down, about 20 high.

/** The ten digits, and drawings between two of them. */
export const examples = [
    { label: '0', strokes: [[[1, -10], [-5, -6], [-6, 1], [-3, 8], [1, 10], [5, 6], [6, -1], [4, -8], [1, -10]]] },
    { label: '1', strokes: [[[1, -10], [0, 0], [-1, 10]]] },
    {
        label: '2',
        strokes: [
            [[-6, -6], [-3, -9], [2, -10], [5, -6], [3, 0], [-2, 5], [-6, 9]],
            [[-6, 9], [0, 9], [7, 8]],
        ],
    },
    {
        label: '3',
        strokes: [
            [[-5, -8], [0, -10], [5, -7], [4, -3], [-1, 0]],
            [[-1, 0], [5, 2], [5, 7], [0, 10], [-6, 8]],
        ],
    },
    { label: '4', strokes: [[[-5, -9], [-6, -2], [-3, 1], [5, 0]], [[5, -10], [4, 0], [3, 10]]] },
    {
        label: '5',
        strokes: [
            [[6, -10], [-3, -9]],
            [[-3, -9], [-4, -2]],
            [[-4, -2], [1, -3], [5, 1], [4, 7], [-1, 10], [-6, 8]],
        ],
    },
    { label: '6', strokes: [[[3, -10], [-3, -4], [-5, 3], [-3, 9], [2, 10], [5, 6], [2, 2], [-2, 3], [-4, 7]]] },
    { label: '7', strokes: [[[-6, -9], [0, -9], [6, -9]], [[6, -9], [2, 0], [-1, 10]]] },
    {
        label: '8',
        strokes: [
            [[4, -8], [-1, -10], [-4, -6], [0, -1], [4, 4], [2, 9], [-2, 10], [-4, 6], [0, -1], [4, -5], [4, -8]],
        ],
    },
    { label: '9', strokes: [[[4, -7], [0, -10], [-5, -6], [-3, -2], [2, -2], [5, -7]], [[5, -7], [4, 1], [2, 10]]] },
    {
        label: '4 or 9',
        strokes: [
            [[-4, -10], [-6, -4], [-3, 0], [4, -1]],
            [[-4, -10], [-1, -8]],
            [[5, -10], [4, 0], [3, 10]],
        ],
    },
    { label: '1 or 7', strokes: [[[-3, -7], [1, -10]], [[1, -10], [0, 0], [-1, 10]]] },
    {
        label: '6 or 9',
        strokes: [
            [[2, -17], [-3, -10], [-4, -3], [-1, 1], [3, 0], [4, -4], [1, -7], [-3, -5]],
            [[4, -4], [4, 5], [2, 16]],
        ],
    },
    {
        label: '8 or 9',
        strokes: [
            [[4, -12], [0, -14], [-4, -11], [0, -6], [4, -2], [1, 2], [-3, 1], [-4, -3], [0, -6], [4, -10], [4, -12]],
            [[4, -2], [4, 5], [2, 14]],
        ],
    },
];

/** Points of a smooth curve through the points of a stroke (Catmull-Rom). */
function smooth(points, pieces = 4) {
    const at = (i) => points[Math.max(0, Math.min(points.length - 1, i))];
    const curve = [points[0]];
    for (let i = 0; i + 1 < points.length; ++i) {
        const [before, from, to, after] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
        for (let piece = 1; piece <= pieces; ++piece) {
            const t = piece / pieces;
            curve.push([0, 1].map((axis) => {
                const [a, b, c, d] = [before[axis], from[axis], to[axis], after[axis]];
                return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
            }));
        }
    }
    return curve;
}

/** A picture of a shape in the colour of the text. */
export function picture(shape) {
    const svg = 'http://www.w3.org/2000/svg';
    const node = document.createElementNS(svg, 'svg');
    node.setAttribute('viewBox', '-18 -18 36 36');
    node.setAttribute('aria-hidden', 'true');
    for (const stroke of shape.strokes) {
        const line = document.createElementNS(svg, 'polyline');
        line.setAttribute('points', smooth(stroke).join(' '));
        node.append(line);
    }
    return node;
}

/** Draws a shape into a world of digits, around a place. */
export function drawShape(world, shape, x, y, thickness = 2.5) {
    for (const stroke of shape.strokes) {
        const curve = smooth(stroke);
        for (let i = 0; i + 1 < curve.length; ++i) {
            world.draw(x + curve[i][0], y + curve[i][1], x + curve[i + 1][0], y + curve[i + 1][1], thickness);
        }
    }
}
