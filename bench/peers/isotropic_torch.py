#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""PyTorch's side of bench/compare.sh for isotropic automata: the published rule on a hexagonal torus, and the training
of the notebook for a single seed, on the square lattice.

A depthwise convolution with the Laplacian on a circularly padded state, two 1x1 convolutions, one random number per
cell and step, max-pooling for the life mask; every cell is computed. The loss is invariant under rotations and
reflections: polar coordinates, and an FFT along the angle. Weights, pictures and golden vectors come from the folder of
published models. Prints one JSON line with the same keys as bench_compare_isotropic; with --check, compares steps,
losses and gradients with the golden vectors instead.

Usage: isotropic_torch.py NCA_DATA [--threads 2] [--training-iterations 2] [--steps 20] [--check]
"""

import json
import math
import os
import sys

import torch
import torch.nn.functional as F

import published
from mnist_torch import measure_steps

CHANNELS = 16
HIDDEN = 192
SIDE = 72
TORUS = 128
BATCH = 8
STEPS = 80
FIRE_RATE = 0.5
LEARNING_RATE = 1e-3
HEXAGONAL = [[0.0, 2.0, 2.0], [2.0, -12.0, 2.0], [2.0, 2.0, 0.0]]
SQUARE = [[1.0, 2.0, 1.0], [2.0, -12.0, 2.0], [1.0, 2.0, 1.0]]


class IsotropicCA(published.PublishedCA):
    """The update rule on states [batch, channels, height, width]."""

    def __init__(self, tensors, laplacian):
        super().__init__()
        self.hexagonal = laplacian is HEXAGONAL
        self.register_buffer("laplacian", torch.tensor(laplacian).expand(CHANNELS, 1, 3, 3).contiguous())
        self.dense1 = torch.nn.Conv2d(2 * CHANNELS, HIDDEN, 1)
        self.dense2 = torch.nn.Conv2d(HIDDEN, CHANNELS, 1, bias=False)
        self.start_from(tensors)

    def highest(self, padded):
        """The largest alpha of every neighbourhood; a hexagonal one is the union of two squares of 2x2 cells."""
        alpha = padded[:, 3:4]
        if not self.hexagonal:
            return F.max_pool2d(alpha, 3, stride=1)
        squares = F.max_pool2d(alpha, 2, stride=1)
        return torch.maximum(squares[:, :, :-1, 1:], squares[:, :, 1:, :-1])

    def change(self, x, padded):
        perception = torch.cat([x, F.conv2d(padded, self.laplacian, groups=CHANNELS)], dim=1)
        return self.dense2(F.relu(self.dense1(perception)))

    def forward(self, x, fire=FIRE_RATE):
        """The step of the demo: a cell that does not fire keeps its state, whatever its neighbours."""
        padded = F.pad(x, [1, 1, 1, 1], "circular")
        y = torch.clamp(x + self.change(x, padded), -2.0, 2.0) * (self.highest(padded) >= 0.1)
        return torch.where(published.fires(x, fire), y, x)

    def training_step(self, x, fire=FIRE_RATE):
        """The step of the notebook: no clamp, and every cell without a living neighbour is cleared."""
        padded = F.pad(x, [1, 1, 1, 1], "circular")
        return (x + self.change(x, padded) * published.fires(x, fire)) * (self.highest(padded) > 0.1)


class InvariantLoss:
    """The smallest squared difference between a picture and all rotations and reflections of a target [channels, side,
    side], in polar form: the mean over channels and radii of the sum over angles."""

    def __init__(self, target):
        side = target.shape[-1]
        radius = torch.linspace(0.5 / side, 1.0, side // 2, dtype=target.dtype)[:, None]
        angle = torch.arange(int(side * math.pi) + 1, dtype=target.dtype) / (side / 2)
        self.grid = torch.stack([radius * torch.cos(angle), radius * torch.sin(angle)], dim=-1)[None]
        weights = torch.exp(-0.5 * torch.arange(-2, 3, dtype=target.dtype) ** 2)
        blur = weights[:, None] * weights / weights.sum() ** 2
        self.blur = blur.expand(target.shape[0], 1, 5, 5).contiguous()
        self.target = self.polar(target[None])
        spectrum = torch.fft.rfft(self.target)
        self.spectra = torch.cat([spectrum.conj(), spectrum])

    def polar(self, picture):
        blurred = F.conv2d(F.pad(picture, [2, 2, 2, 2], "reflect"), self.blur, groups=picture.shape[1])
        sharp = picture + 2.0 * (picture - blurred)
        return F.grid_sample(sharp, self.grid.expand(picture.shape[0], -1, -1, -1), align_corners=False)

    def __call__(self, picture):
        polar = self.polar(picture)
        # [batch, turned or mirrored, channels, radii, angles]
        products = torch.fft.irfft(torch.fft.rfft(polar)[:, None] * self.spectra, polar.shape[-1])
        squares = polar.square().sum(-1, keepdim=True) + self.target.square().sum(-1, keepdim=True)
        losses = (squares[:, None] - 2.0 * products).mean(dim=(2, 3))
        return losses.flatten(1).amin(1).mean()


def rollout_loss(model, x, invariant, fire):
    """The loss of training after a step for every element of `fire`."""
    channels = invariant.target.shape[1]
    overflow = difference = 0.0
    for i, one in enumerate(fire):
        before, x = x, model.training_step(x, one)
        difference = difference + (x - before).abs().mean()
        overflow = overflow + (x - x.clamp(-2.0, 2.0)).square().sum()
        if i == 0:
            first = invariant(x[:, :channels])
    return 0.5 * (first + invariant(x[:, :channels])) + overflow + 10.0 * difference


def golden_loss(model, golden, fire):
    """The loss of the two samples of golden_train.safetensors."""
    x = published.channels_first(golden["state_0"]).to(model.laplacian)
    return rollout_loss(model, x, InvariantLoss(golden["target"].to(x)), fire)


def check(hexagonal, square, folder, golden_train):
    golden = published.read_tensors(folder, "golden.safetensors")
    masks = {"ones": [1.0] * 32, "fire": list(golden["fire"][:, None, None])}
    results = []
    for name, step in (("seed.demo.fire", hexagonal), ("seed.demo.ones", hexagonal), ("grown.demo.fire", hexagonal),
                       ("grown.demo.ones", hexagonal), ("grown.demo_square.fire", square),
                       ("seed.training_square.fire", square.training_step),
                       ("grown.training_hex.fire", hexagonal.training_step)):
        start, _, kind = name.split(".")
        states = {n: (golden[f"{name}.state_{n}"], 1e-4 if (kind, n) == ("ones", 32) else 1e-5)
                  for n in (1, 2, 8, 32)}
        x = published.channels_first(golden[f"{start}.state_0"][None])
        results.append(published.agree_states(name, step, x, masks[kind], states))
    variants = published.read_tensors(folder, "golden_variants.safetensors")
    gradient = published.read_tensors(folder, "golden_loss_grad.safetensors")["grad.mirror"]
    picture = variants["loss.batch"].double().requires_grad_()
    loss = InvariantLoss(variants["loss.target"].double())(picture)
    loss.backward()
    results.append(published.agrees("invariant loss", loss, variants["loss.mirror.value"], 1e-6))
    results.append(published.agrees("gradient of the invariant loss", picture.grad, gradient, 1e-6))
    square.double()
    loss = golden_loss(square, golden_train, golden_train["fire"][:, :, None])
    loss.backward()
    results.append(published.agrees("loss", loss, golden_train["loss"], 1e-5))
    results.append(published.agree_gradients(square, golden_train))
    return all(results)


@torch.no_grad()
def grow(step, count, side):
    x = published.seeds(count, CHANNELS, (side, side), 3)
    for _ in range(STEPS):
        x = step(x)
    return x


def measure_training(model, picture, iterations):
    """A batch as in training: a seed, and states that have grown. The target is the picture with a stripe."""
    picture = F.pad(picture.permute(2, 0, 1), [(SIDE - picture.shape[0]) // 2] * 4)
    stripe = torch.linspace(-1.0, 1.0, SIDE).sign()[:, None] * 0.5 * picture[3].square()
    invariant = InvariantLoss(torch.cat([picture, stripe[None]]))
    batch = grow(model.training_step, BATCH, SIDE)
    batch[:1] = published.seeds(1, CHANNELS, (SIDE, SIDE), 3)
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    return published.measure_training(
        model, optimiser, lambda: rollout_loss(model, batch, invariant, [FIRE_RATE] * STEPS), iterations, 1e-8)


def main():
    options = published.parse(__doc__)
    folder = os.path.join(options.folder, "isotropic")
    weights = published.read_tensors(folder, "cadata.safetensors")
    hexagonal, square = IsotropicCA(weights, HEXAGONAL), IsotropicCA(weights, SQUARE)
    golden = published.read_tensors(folder, "golden_train.safetensors")
    if options.check:
        return 0 if check(hexagonal, square, folder, golden) else 1
    picture = published.read_tensors(folder, "targets_48.safetensors")["lizard"]
    line = published.header()
    line |= published.agreement(square, lambda steps: golden_loss(square, golden, [1.0] * steps), STEPS)
    line["training_ms"] = measure_training(square, picture, options.training_iterations)
    line["single_step_ms"] = measure_steps(hexagonal, grow(hexagonal, 1, TORUS), options.steps)
    print(json.dumps(line))
    return 0


if __name__ == "__main__":
    sys.exit(main())
