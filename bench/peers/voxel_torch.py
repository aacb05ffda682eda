#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""PyTorch's side of bench/compare.sh for voxels: the model of Growing 3D Artefacts as the article's program writes it.

A learned depthwise 3x3x3 convolution, three 1x1x1 convolutions, one random number per cell and step, max-pooling for
the life masks, zero padding, air in dead cells; every cell is computed. Weights, structures and golden vectors come
from the folder of published models. Prints one JSON line with the same keys as bench_compare_voxel; with --check,
compares steps, losses and gradients with the golden vectors instead.

Usage: voxel_torch.py NCA_DATA [--threads 2] [--training-iterations 2] [--steps 20] [--check]
"""

import json
import os
import sys

import torch
import torch.nn.functional as F

import published
from mnist_torch import measure_steps

BATCH = 5
STEPS = 56
FIRE_RATE = 0.5
LEARNING_RATE = 2e-4
MODELS = ("plain_village_house", "jungle_temple", "regenerating_caterpillar", "dark_oak")


class VoxelCA(published.PublishedCA):
    """The update rule on states [batch, channels, depth, height, width]; channel `classes` is the living one."""

    def __init__(self, tensors, classes):
        super().__init__()
        hidden, channels = tensors["update.0.weight"].shape[0], tensors["update.2.weight"].shape[0]
        self.classes, self.channels = classes, channels
        self.perception = torch.nn.Conv3d(channels, 3 * channels, 3, padding=1, groups=channels, bias=False)
        self.update = torch.nn.ModuleList([
            torch.nn.Conv3d(3 * channels, hidden, 1),
            torch.nn.Conv3d(hidden, hidden, 1),
            torch.nn.Conv3d(hidden, channels, 1, bias=False),
        ])
        self.start_from(tensors)

    def alive(self, x):
        return F.max_pool3d(x[:, self.classes:self.classes + 1], 3, stride=1, padding=1) > 0.1

    def perceive(self, x):
        if torch.is_grad_enabled():
            return self.perception(x)
        # A third faster, because oneDNN's depthwise kernel has one filter per channel; its gradient is slower.
        return F.conv3d(x.repeat_interleave(3, 1), self.perception.weight, padding=1, groups=3 * self.channels)

    def forward(self, x, fire=FIRE_RATE):
        before = self.alive(x)
        hidden = F.relu(self.update[1](F.relu(self.update[0](self.perceive(x)))))
        x = x + self.update[2](hidden) * published.fires(x, fire)
        alive = before & self.alive(x)
        x = x * alive
        x[:, :1] += ~alive
        return x

    def seeds(self, count, sides):
        return published.seeds(count, self.channels, sides, self.classes)


def loss_of(x, target, classes):
    """The class, air and overlap losses of states against a structure [batch, depth, height, width]."""
    logits = x[:, :classes]
    blocks = F.cross_entropy(logits, target, ignore_index=0)
    air = F.cross_entropy(logits, target, weight=(torch.arange(classes) == 0).to(x))
    with torch.no_grad():
        solid, wanted = logits.argmax(1) > 0, target > 0
        union = (solid | wanted).sum()
        overlap = (union - (solid & wanted).sum()) / (union + 1e-8)
    return (0.5 * blocks + 0.5 * air + overlap) / 3.0


def rollout_loss(model, x, target, fire):
    """The loss after a step for every element of `fire`."""
    for one in fire:
        x = model(x, one)
    return loss_of(x, target, model.classes)


def load(folder, name):
    with open(os.path.join(folder, "models.json"), encoding="utf-8") as file:
        classes = len(json.load(file)[name]["classes"])
    return VoxelCA(published.read_tensors(folder, f"{name}.safetensors"), classes)


def golden_loss(model, start, golden, fire):
    """The loss of golden_train.safetensors."""
    x = published.channels_first(start["state0"][None]).to(model.perception.weight)
    return rollout_loss(model, x, golden["target"].long()[None], fire)


def with_tolerances(name, golden, states):
    """The states of the file, each with its tolerance: values grow without bound."""
    result = {}
    for steps, key in states.items():
        bound = 1e-5 * max(1.0, golden[key].abs().max().item())
        one_step = steps == 1 and name != "regenerating_caterpillar"
        result[steps] = golden[key], 1e-5 if one_step else bound
    return result


def check(folder):
    results = []
    for name in MODELS:
        model = load(folder, name)
        golden = published.read_tensors(folder, f"golden_{name}.safetensors")
        x = published.channels_first(golden["state0"][None])
        masks = list(golden["masks"][:, None, None])
        for kind, fire in (("all", [1.0] * 8), ("mask", masks)):
            states = with_tolerances(name, golden, {n: f"state{n}_{kind}" for n in (1, 2, 8)})
            results.append(published.agree_states(f"{name} {kind}", model, x, fire, states))
        states = with_tolerances(name, golden, {8: "seed_state8_mask"})
        results.append(published.agree_states(f"{name} seed", model, model.seeds(1, x.shape[2:]), masks, states))
    model = load(folder, "plain_village_house").double()
    start = published.read_tensors(folder, "golden_plain_village_house.safetensors")
    golden = published.read_tensors(folder, "golden_train.safetensors")
    loss = golden_loss(model, start, golden, start["masks"][:4, None, None])
    loss.backward()
    results.append(published.agrees("loss", loss, golden["loss"][0], 1e-7))
    results.append(published.agree_gradients(model, golden))
    x = published.channels_first(golden["b.state"]).double().requires_grad_()
    loss = loss_of(x, golden["b.target"].long(), model.classes)
    loss.backward()
    results.append(published.agrees("loss of a batch", loss, golden["b.loss"][0], 1e-7))
    wanted = published.channels_first(golden["b.grad"])
    results.append(published.agrees("gradient of the loss of a batch", x.grad, wanted, 1e-8))
    return all(results)


@torch.no_grad()
def grow(model, count, sides):
    x = model.seeds(count, sides)
    for _ in range(STEPS):
        x = model(x)
    return x


def measure_training(model, target, iterations):
    """A batch as in training: a seed, and states that have grown."""
    batch = grow(model, BATCH, target.shape)
    batch[:1] = model.seeds(1, target.shape)
    targets = target.long().expand(BATCH, *target.shape)
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, betas=(0.5, 0.5))
    return published.measure_training(
        model, optimiser, lambda: rollout_loss(model, batch, targets, [FIRE_RATE] * STEPS), iterations)


def main():
    options = published.parse(__doc__)
    folder = os.path.join(options.folder, "voxel")
    if options.check:
        return 0 if check(folder) else 1
    house, temple = load(folder, "plain_village_house"), load(folder, "jungle_temple")
    structures = published.read_tensors(folder, "targets.safetensors")
    start = published.read_tensors(folder, "golden_plain_village_house.safetensors")
    golden = published.read_tensors(folder, "golden_train.safetensors")
    line = published.header()
    line |= published.agreement(house, lambda steps: golden_loss(house, start, golden, [1.0] * steps), STEPS)
    line["training_ms"] = measure_training(house, structures["plain_village_house"], options.training_iterations)
    line["temple_step_ms"] = measure_steps(temple, grow(temple, 1, (20, 20, 20)), options.steps)
    line["house_step_ms"] = measure_steps(house, grow(house, 1, (32, 32, 32)), options.steps)
    print(json.dumps(line))
    return 0


if __name__ == "__main__":
    sys.exit(main())
