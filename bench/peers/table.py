#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the table of bench/compare.sh from the lines that both sides printed.

Exits with status 1 if the two sides do not compute the same, and with --check also if a requirement is missed or the
machine was too busy to tell.

Usage: table.py growing|mnist|vision|texture|adversarial|goal|isotropic|voxel LINES.jsonl [--check]
"""

import argparse
import json
import math
import statistics
import sys

# What is compared: the rows of the table with the required speed-up of each (None: no requirement), the variables whose
# gradients have to agree, and for automata the cells of the grid and the steps of a training iteration.
SYSTEMS = {
    "growing": {
        "rows": [
            ("training_ms", "training iteration, batch 8, 80 steps", 25.0),
            ("batch_step_ms", "inference step, batch 8", 25.0),
            ("single_step_ms", "inference step, batch 1", None),
        ],
        "variables": ["hidden weight", "hidden bias", "update weight", "update bias"],
        "cells": 72 * 72,
        "steps": 80,
    },
    "mnist": {
        "rows": [
            ("training_ms", "training iteration, batch 16, 20 steps", 15.0),
            ("batch_step_ms", "inference step, batch 16", None),
        ],
        "variables": [
            "perception weight", "perception bias", "hidden weight", "hidden bias", "update weight", "update bias",
        ],
        "cells": 16 * 28 * 28,
        "steps": 20,
    },
    "vision": {
        "rows": [
            ("distilled_ms", "distilled VGG19, batch 4, 128x128", 1.0),
            ("vgg16_ms", "VGG16 to relu5_1, batch 4, 128x128", 1.0),
        ],
        "variables": ["picture, distilled VGG19", "picture, VGG16"],
    },
    "texture": {
        "rows": [
            ("training_ms", "rollout there and back, batch 4, 64 steps", 4.0),
            ("iteration_ms", "training iteration with the style loss", 2.5),
        ],
        "variables": ["hidden weight", "hidden bias", "update weight", "picture, style loss"],
        "cells": 4 * 128 * 128,
        "steps": 64,
    },
    "adversarial": {
        "rows": [
            ("creature_ms", "training iteration, adversaries in a creature", 8.0),
            ("matrix_ms", "training iteration, perturbation", 8.0),
            ("digits_ms", "training iteration, adversaries in digits", 8.0),
        ],
        "variables": [
            "creature, hidden weight", "creature, hidden bias", "creature, update weight", "creature, update bias",
            "matrix",
            "digits, perception weight", "digits, perception bias", "digits, hidden weight", "digits, hidden bias",
            "digits, update weight", "digits, update bias",
        ],
        "cells": 72 * 72,
        "steps": 80,
    },
    "goal": {
        "rows": [
            ("training_ms", "training iteration, batch 8, 72 steps", 15.0),
            ("single_step_ms", "inference step, 64x64", 15.0),
        ],
        "variables": [
            "filters", "hidden weight", "hidden bias", "second hidden weight", "second hidden bias", "update weight",
            "embedding", "encoder weight", "encoder bias", "encoder output weight",
        ],
        "cells": 8 * 64 * 64,
        "steps": 72,
    },
    "isotropic": {
        "rows": [
            ("training_ms", "training iteration, batch 8, 80 steps", 15.0),
            ("single_step_ms", "inference step, hexagons, 128x128", 15.0),
        ],
        "variables": ["hidden weight", "hidden bias", "update weight"],
        "cells": 8 * 72 * 72,
        "steps": 80,
    },
    "voxel": {
        "rows": [
            ("training_ms", "training iteration, batch 5, 56 steps", 6.0),
            ("temple_step_ms", "inference step, jungle temple, 20x20x20", 6.0),
            ("house_step_ms", "inference step, house, 32x32x32", 6.0),
        ],
        "variables": [
            "filters", "hidden weight", "hidden bias", "second hidden weight", "second hidden bias", "update weight",
        ],
        "cells": 5 * 10 * 10 * 10,
        "steps": 56,
    },
}
# The required speed-up of a growing training iteration in bfloat16 over those of the other side.
COMPILED = {"eager": 40.0, "compiled": None, "compiled bfloat16": 25.0, "jax": None}
FUSED_PERCENT = 70.0
LOSS_TOLERANCE = 1e-4
GRADIENT_TOLERANCE = 1e-3
# A spread above this, in percent, means that other programs were running. They slow down PyTorch more than nca, because
# its threads synchronise in every operation: the speed-up of such a run is too high.
QUIET = 10.0


def samples(lines, key):
    """The times of all runs of one side together."""
    return [value for line in lines for value in line[key]]


def spread(values):
    """Half the distance between the quartiles, in percent of the median."""
    if len(values) < 2:
        return 0.0
    low, middle, high = statistics.quantiles(values, n=4)
    return 50.0 * (high - low) / middle


def disagreements(ours, theirs, names):
    """Pairs of name and relative error of what both sides have to agree on, as (name, error, tolerance)."""
    result = []
    pairs = [("loss", ours["agreement_loss"], theirs["agreement_loss"], LOSS_TOLERANCE)]
    if "style_loss" in ours:
        pairs.append(("style loss", ours["style_loss"], theirs["style_loss"], LOSS_TOLERANCE))
    for name, a, b in zip(names, ours["gradient_norms"], theirs["gradient_norms"]):
        pairs.append((f"norm of the gradient, {name}", a, b, GRADIENT_TOLERANCE))
    for name, a, b, tolerance in pairs:
        error = abs(a - b) / abs(b)
        if not (math.isfinite(error) and error <= tolerance):
            result.append(f"{name}: ours {a:.9g}, theirs {b:.9g}, relative error {error:.1e} above {tolerance:g}")
    return result


def print_compiled(ours, others):
    """A line for each way to run the other side, and what misses its requirement."""
    print(f"{'training iteration of growing':<40} {'ms':>16} {'ours, float32':>18} {'ours, bfloat16':>18}")
    ours_ms = [statistics.median(samples(ours, key)) for key in ("training_ms", "training_bfloat16_ms")]
    print(f"{'ours':<40} {'':>16} {ours_ms[0]:>15.1f} ms {ours_ms[1]:>15.1f} ms")
    missed = []
    for variant, wanted in COMPILED.items():
        lines = [line for line in others if line.get("variant", line["side"]) == variant]
        if not lines:
            continue
        name = f"{'JAX' if variant == 'jax' else 'PyTorch'} {lines[0]['version']}" + (
            f", {variant}" if variant != "jax" else "")
        ms = statistics.median(samples(lines, "training_ms"))
        ratios = [ms / a for a in ours_ms]
        print(f"{name:<40} {ms:>13.0f} ms {ratios[0]:>17.1f}x {ratios[1]:>17.1f}x")
        if wanted is not None and ratios[1] < wanted:
            missed.append(f"{name}: {ratios[1]:.1f} times faster in bfloat16, at least {wanted:g} are required")
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("system", choices=sorted(SYSTEMS))
    parser.add_argument("lines")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    with open(options.lines, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file if line.strip()]
    ours = [line for line in lines if line["side"] == "nca"]
    others = [line for line in lines if line["side"] != "nca"]
    theirs = [line for line in others if line["side"] == "torch" and line.get("variant", "eager") == "eager"]
    system = SYSTEMS[options.system]
    missed = []
    noisy = False

    model = ours[0].get("model", options.system)
    living = f"{ours[0]['living']} of {system['cells']} cells live; " if "cells" in system else ""
    print(f"{model}: {living}{ours[0]['threads']} threads each")
    print(f"ours: {ours[0]['isa']}; PyTorch {theirs[0]['version']} ({theirs[0]['capability']} and oneDNN)")
    print(f"{'median of all runs (half the quartile distance)':<40} {'ours ms':>16} {'PyTorch ms':>18} {'ratio':>7}")
    for key, name, wanted in system["rows"]:
        a, b = samples(ours, key), samples(theirs, key)
        ratio = statistics.median(b) / statistics.median(a)
        noisy = noisy or (wanted is not None and max(spread(a), spread(b)) > QUIET)
        cells = [f"{statistics.median(v):.3f} ({spread(v):.0f}%)" for v in (a, b)]
        print(f"{name:<47} {cells[0]:>16} {cells[1]:>18} {ratio:>6.1f}x")
        if wanted is not None and ratio < wanted:
            missed.append(f"{name}: {ratio:.1f} times faster, at least {wanted:g} are required")

    if len(others) > len(theirs):
        missed += print_compiled(ours, others)

    if "fused_gflops" in ours[0]:
        peak = statistics.median(line["peak_gflops"] for line in ours)
        percents = [100.0 * line["fused_gflops"] / line["peak_gflops"] for line in ours]
        percent = statistics.median(percents)
        print(f"fused update 48-128-16, one core: {percent:.1f}% of the peak of {peak:.0f} GFLOP/s"
              f" ({min(percents):.1f} to {max(percents):.1f}%)")
        if percent < FUSED_PERCENT:
            missed.append(f"fused update: {percent:.1f}% of the peak, at least {FUSED_PERCENT:g}% are required")

    after = f" at fire rate 1 after {ours[0]['agreement_steps']} steps" if "steps" in system else ""
    line = f"loss{after}: ours {ours[0]['agreement_loss']:.7g}, PyTorch {theirs[0]['agreement_loss']:.7g}"
    if "steps" in system:
        line += f"; after {system['steps']}: {ours[0]['final_loss']:.5g}, {theirs[0]['final_loss']:.5g}"
    print(line)
    if noisy:
        print("NOISY the machine was not quiet, which favours us: run it again with nothing else at work")
    pairs = [(ours[0], line) for line in others]
    different = [text for a, b in pairs for text in disagreements(a, b, system["variables"])]
    for text in different:
        print(f"DIFFERENT {text}")
    for text in missed:
        print(f"MISSED {text}")
    if not missed and not different and not noisy:
        print("all requirements met")
    return 1 if different or (options.check and (missed or noisy)) else 0


if __name__ == "__main__":
    sys.exit(main())
