#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""PyTorch's side of bench/compare.sh for goal-guided automata: the model and the training of ten emoji as the article's
program writes them.

A learned depthwise convolution, three 1x1 convolutions, one random number per cell and step, max-pooling for the life
masks, zero padding; a code of the goal is added in the living cells, and its encoder is trained too. Every cell is
computed. Weights, pictures and golden vectors come from the folder of published models. Prints one JSON line with the
same keys as bench_compare_goal; with --check, compares steps and gradients with the golden vectors instead.

Usage: goal_torch.py NCA_DATA [--threads 2] [--training-iterations 2] [--steps 20] [--check]
"""

import json
import os
import sys

import torch
import torch.nn.functional as F

import published
from mnist_torch import measure_steps

CHANNELS = 21
SIDE = 64
BATCH = 8
STEPS = 72
FIRE_RATE = 0.5
LEARNING_RATE = 1e-3
# By number of steps, in single precision.
TOLERANCES = {1: 2e-5, 2: 5e-5, 8: 2e-4, 9: 3e-4, 32: 1e-3, 33: 1.5e-3}


class Encoder(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = torch.nn.Parameter(torch.empty(10, 32))
        self.dense1 = torch.nn.Linear(32, 32)
        self.dense2 = torch.nn.Linear(32, 16, bias=False)

    def forward(self, goals):
        """The codes of the goals [batch], [batch, channels, 1, 1]."""
        code = self.dense2(F.relu(self.dense1(F.embedding(goals, self.embedding))))
        return F.pad(code, (CHANNELS - code.shape[1], 0))[:, :, None, None]


class GoalCA(published.PublishedCA):
    """The update rule on states [batch, channels, height, width]."""

    def __init__(self, tensors):
        super().__init__()
        self.perception = torch.nn.Conv2d(CHANNELS, 3 * CHANNELS, 3, padding=1, groups=CHANNELS, bias=False)
        self.dense1 = torch.nn.Conv2d(3 * CHANNELS, 64, 1)
        self.dense2 = torch.nn.Conv2d(64, 64, 1)
        self.dense3 = torch.nn.Conv2d(64, CHANNELS, 1, bias=False)
        self.encoder = Encoder()
        self.start_from(tensors)

    @staticmethod
    def alive(x):
        return F.max_pool2d(x[:, 3:4], 3, stride=1, padding=1) > 0.1

    def forward(self, x, code, fire=FIRE_RATE):
        before = self.alive(x)
        hidden = F.relu(self.dense1(self.perception(x + code * before)))
        x = x + self.dense3(F.relu(self.dense2(hidden))) * published.fires(x, fire)
        return torch.clamp(x * (before & self.alive(x)), -10.0, 10.0)


def rollout_loss(model, x, target, goals, fire):
    """The loss after a step for every element of `fire`."""
    code = model.encoder(goals)
    for one in fire:
        x = model(x, code, one)
    return ((x[:, :4] - target) ** 2).mean()


def golden_loss(model, golden, fire):
    """The loss of the two samples of golden_train.safetensors."""
    x, target = (published.channels_first(golden[name]) for name in ("state_0", "target"))
    return rollout_loss(model, x.to(model.dense1.weight), target, golden["goal"].long(), fire)


def check(model, folder, golden_train):
    golden = published.read_tensors(folder, "golden.safetensors")
    results = []
    for start in ("seed", "grown"):
        x = published.channels_first(golden[f"{start}.state_0"][None])
        masks = {"ones": [1.0] * 33, "fire": list(golden[f"{start}.fire"][:, None, None])}
        for goal in (0, 5):
            code = model.encoder(torch.tensor([goal])).detach()
            for kind, fire in masks.items():
                name = f"{start}.goal{goal}.{kind}"
                states = {n: (golden[f"{name}.state_{n}"], tolerance) for n, tolerance in TOLERANCES.items()
                          if f"{name}.state_{n}" in golden}
                results.append(published.agree_states(name, lambda x, one: model(x, code, one), x, fire, states))
    model.double()
    loss = golden_loss(model, golden_train, golden_train["fire"][:, :, None])
    loss.backward()
    results.append(published.agrees("loss", loss, golden_train["loss"], 1e-7))
    results.append(published.agree_gradients(model, golden_train))
    return all(results)


def measure(model, options):
    """A batch as in training: two seeds, and states that have grown."""
    goals = torch.arange(BATCH)
    pictures = list(published.read_tensors(options.folder, "targets_40.safetensors").values())[:BATCH]
    margin = (SIDE - pictures[0].shape[0]) // 2
    target = F.pad(published.channels_first(torch.stack(pictures)), [margin] * 4)
    x = published.seeds(BATCH, CHANNELS, (SIDE, SIDE), 3)
    with torch.no_grad():
        code = model.encoder(goals)
        batch = x
        for _ in range(STEPS):
            batch = model(batch, code)
    batch[:2] = x[:2]
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    return {
        "training_ms": published.measure_training(
            model, optimiser, lambda: rollout_loss(model, batch, target, goals, [FIRE_RATE] * STEPS),
            options.training_iterations, 1e-10),
        "single_step_ms": measure_steps(lambda x: model(x, code[2:3]), batch[2:3], options.steps),
    }


def main():
    options = published.parse(__doc__)
    options.folder = os.path.join(options.folder, "goal_guided")
    model = GoalCA(published.read_tensors(options.folder, "100k_linear_encoder.safetensors"))
    golden = published.read_tensors(options.folder, "golden_train.safetensors")
    if options.check:
        return 0 if check(model, options.folder, golden) else 1
    line = published.header()
    line |= published.agreement(model, lambda steps: golden_loss(model, golden, [1.0] * steps), STEPS)
    line |= measure(model, options)
    print(json.dumps(line))
    return 0


if __name__ == "__main__":
    sys.exit(main())
