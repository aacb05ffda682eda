// SPDX-License-Identifier: Apache-2.0
// Discs along a stroke of the brush.

/** Calls visit(x, y) along a stroke, to its end, so densely that discs of a radius leave no notches. */
export function along({ fromX, fromY, x, y }, radius, visit) {
    const pieces = Math.max(1, Math.ceil(Math.hypot(x - fromX, y - fromY) / Math.max(radius / 2, 0.5)));
    for (let piece = 1; piece <= pieces; ++piece) {
        visit(fromX + ((x - fromX) * piece) / pieces, fromY + ((y - fromY) * piece) / pieces);
    }
}
