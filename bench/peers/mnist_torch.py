#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""PyTorch's side of bench/compare.sh for digits: the model of Self-classifying MNIST as the public notebook writes it.

A learned 3x3 convolution, two 1x1 convolutions, noise, one random number per cell and step, a mask of the cells that
have ink; every cell is computed. Weights, states and targets come from a file of `bench_compare_mnist --export`.
Prints one JSON line with the same keys as bench_compare_mnist.

Usage: mnist_torch.py FILE.safetensors [--threads 2] [--training-iterations 5] [--steps 20]
"""

import argparse
import json

import torch
import torch.nn.functional as F

from growing_torch import capability, read_safetensors, times

CHANNELS = 20
CLASSES = 10
STEPS = 20
FIRE_RATE = 0.5
NOISE = 0.02
INK = 0.1
LEARNING_RATE = 1e-3
AGREEMENT_STEPS = 4


class SelfClassifyingCA(torch.nn.Module):
    """The update rule on states [batch, channels, height, width]."""

    def __init__(self, tensors):
        super().__init__()
        self.perceive = torch.nn.Conv2d(CHANNELS, 80, 3, padding=1)
        self.dense1 = torch.nn.Conv2d(80, 80, 1)
        self.dense2 = torch.nn.Conv2d(80, CHANNELS - 1, 1)
        self.initial = tensors
        self.reset()

    @torch.no_grad()
    def reset(self):
        """Sets the weights back to those of the file."""
        # The file has the kernel as [ky, kx, in, out].
        self.perceive.weight.copy_(self.initial["perceive.kernel"].permute(3, 2, 0, 1))
        self.perceive.bias.copy_(self.initial["perceive.bias"])
        self.dense1.weight.copy_(self.initial["dense1.weight"][:, :, None, None])
        self.dense1.bias.copy_(self.initial["dense1.bias"])
        self.dense2.weight.copy_(self.initial["dense2.weight"][:, :, None, None])
        self.dense2.bias.copy_(self.initial["dense2.bias"])

    def forward(self, x, fire_rate=FIRE_RATE, noise=NOISE):
        grey, state = x[:, :1], x[:, 1:]
        change = self.dense2(F.relu(self.dense1(F.relu(self.perceive(x)))))
        if noise > 0.0:
            change = change + noise * torch.randn_like(change)
        mask = grey > INK
        if fire_rate < 1.0:
            mask = mask & (torch.rand_like(grey) <= fire_rate)
        return torch.cat([grey, state + change * mask.float()], dim=1)


def loss_of(x, targets):
    """Half the squared distance of the votes to the targets: the sum over cells, the mean over the batch."""
    return 0.5 * ((x[:, -CLASSES:] - targets) ** 2).sum() / x.shape[0]


def rollout(model, x, steps, fire_rate=FIRE_RATE, noise=NOISE):
    for _ in range(steps):
        x = model(x, fire_rate, noise)
    return x


def measure_training(model, states, targets, iterations):
    """Whole iterations: rollout, backward, normalisation of every variable's gradient, Adam."""
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, eps=1e-7)

    def iterate():
        loss = loss_of(rollout(model, states, STEPS), targets)
        optimiser.zero_grad()
        loss.backward()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.grad /= parameter.grad.norm() + 1e-8
        optimiser.step()
        # Restores the weights (a few thousand values), so that every iteration starts from the same ones.
        model.reset()

    return times(1, iterations, iterate)


@torch.no_grad()
def measure_steps(model, states, count):
    x = states

    def step():
        nonlocal x
        x = model(x)

    return times(3, count, step)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", help="weights, states and targets")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--training-iterations", type=int, default=5)
    parser.add_argument("--steps", type=int, default=20, help="steps of inference that are timed")
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    tensors = read_safetensors(options.file)
    states = tensors.pop("states").permute(0, 3, 1, 2).contiguous()
    targets = tensors.pop("targets").permute(0, 3, 1, 2).contiguous()
    model = SelfClassifyingCA(tensors)

    loss = loss_of(rollout(model, states, AGREEMENT_STEPS, 1.0, 0.0), targets)
    loss.backward()
    line = {
        "side": "torch",
        "version": torch.__version__,
        "capability": capability(),
        "threads": torch.get_num_threads(),
        "agreement_steps": AGREEMENT_STEPS,
        "agreement_loss": loss.item(),
        "gradient_norms": [parameter.grad.norm().item() for parameter in model.parameters()],
    }
    with torch.no_grad():
        line["final_loss"] = loss_of(rollout(model, states, STEPS, 1.0, 0.0), targets).item()
    line["training_ms"] = measure_training(model, states, targets, options.training_iterations)
    line["batch_step_ms"] = measure_steps(model, states, options.steps)
    print(json.dumps(line))


if __name__ == "__main__":
    main()
