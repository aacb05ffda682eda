#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""PyTorch's side of bench/compare.sh for attacks: a training iteration of each, as the article's notebooks write them.

Victim and adversary each take a whole step on the whole grid, and a mask of the cells mixes them; the perturbation is a
product with a symmetric matrix and a clip before every step of the victim. Only the adversary, or the matrix, has
gradients. Weights, states, masks and targets come from a file of `bench_compare_adversarial --export`. Prints one JSON
line with the same keys as bench_compare_adversarial.

Usage: adversarial_torch.py FILE.safetensors [--threads 2] [--training-iterations 2]
"""

import argparse
import json

import torch

from growing_torch import BATCH, LEARNING_RATE, STEPS, GrowingCA, capability, read_safetensors, times
from mnist_torch import CLASSES, INK, NOISE, SelfClassifyingCA
from mnist_torch import STEPS as DIGIT_STEPS

AGREEMENT_STEPS = 4
DIGIT = 8
BOUND = 3.0


def growing_rule(tensors, prefix):
    """A rule whose tensors stand under a prefix."""
    return GrowingCA({
        "perceive_to_hidden.weight": tensors[f"{prefix}.weight0"],
        "perceive_to_hidden.bias": tensors[f"{prefix}.bias0"],
        "hidden_to_update.weight": tensors[f"{prefix}.weight1"],
        "hidden_to_update.bias": tensors[f"{prefix}.bias1"],
    })


def digit_rule(tensors, prefix):
    # The file has the convolution as [out, neighbour * 20 + channel].
    kernel = tensors[f"{prefix}.weight0"].reshape(80, 3, 3, 20).permute(1, 2, 3, 0)
    return SelfClassifyingCA({
        "perceive.kernel": kernel, "perceive.bias": tensors[f"{prefix}.bias0"],
        "dense1.weight": tensors[f"{prefix}.weight1"], "dense1.bias": tensors[f"{prefix}.bias1"],
        "dense2.weight": tensors[f"{prefix}.weight2"], "dense2.bias": tensors[f"{prefix}.bias2"],
    })


class Injection:
    """Victim and adversary on one grid."""

    def __init__(self, victim, adversary, states, masks, steps, loss):
        self.victim = victim.requires_grad_(False)
        self.adversary = adversary
        self.states, self.masks, self.steps, self.loss = states, masks[:, None], steps, loss

    def parameters(self):
        return list(self.adversary.parameters())

    def reset(self):
        self.adversary.reset()

    def rollout(self, steps, *options):
        x = self.states
        for _ in range(steps):
            x = self.victim(x, *options) * (1.0 - self.masks) + self.adversary(x, *options) * self.masks
        return self.loss(x)


class Perturbation:
    """The states of a victim, perturbed by a symmetric matrix before every step."""

    def __init__(self, victim, upper, states, steps, loss):
        self.victim = victim.requires_grad_(False)
        self.initial = upper
        self.upper = torch.nn.Parameter(upper.clone())
        self.states, self.steps, self.loss = states, steps, loss

    def parameters(self):
        return [self.upper]

    @torch.no_grad()
    def reset(self):
        self.upper.copy_(self.initial)

    def rollout(self, steps, *options):
        upper = torch.triu(self.upper)
        matrix = (upper + upper.T - torch.diag(torch.diag(self.upper)))[:, :, None, None]
        x = self.states
        for _ in range(steps):
            alive = GrowingCA.alive(x).float()
            x = torch.clamp(torch.nn.functional.conv2d(x, matrix), -BOUND, BOUND) * alive
            x = self.victim(x, *options)
        return self.loss(x)


def colour_loss(target):
    return lambda x: ((x[:, :4] - target) ** 2).mean()


def digit_loss(states):
    wanted = torch.zeros_like(states[:, -CLASSES:])
    wanted[:, DIGIT] = (states[:, 0] > INK).float()
    return lambda x: 0.5 * ((x[:, -CLASSES:] - wanted) ** 2).sum() / x.shape[0]


def measure_training(attack, iterations):
    """Whole iterations: rollout, backward, normalisation of every variable's gradient, Adam."""
    optimiser = torch.optim.Adam(attack.parameters(), lr=LEARNING_RATE, eps=1e-7)

    def iterate():
        loss = attack.rollout(attack.steps)
        optimiser.zero_grad()
        loss.backward()
        with torch.no_grad():
            for parameter in attack.parameters():
                parameter.grad /= parameter.grad.norm() + 1e-8
        optimiser.step()
        attack.reset()

    return times(1, iterations, iterate)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", help="victims, adversaries, states, masks and targets")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--training-iterations", type=int, default=2)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    tensors = read_safetensors(options.file)
    lizards = tensors["creature.state"].permute(2, 0, 1)[None].repeat(BATCH, 1, 1, 1)
    lizard_loss = colour_loss(tensors["creature.target"].permute(2, 0, 1)[None])
    digits = tensors["digits.states"].permute(0, 3, 1, 2).contiguous()
    # Key, attack, what makes a step deterministic.
    attacks = [
        ("creature_ms",
         Injection(growing_rule(tensors, "creature.victim"), growing_rule(tensors, "creature.adversary"), lizards,
                   tensors["creature.masks"], STEPS, lizard_loss), (1.0,)),
        ("matrix_ms",
         Perturbation(growing_rule(tensors, "creature.victim"), tensors["matrix"], lizards, STEPS, lizard_loss),
         (1.0,)),
        ("digits_ms",
         Injection(digit_rule(tensors, "digits.victim"), digit_rule(tensors, "digits.adversary"), digits,
                   tensors["digits.masks"], DIGIT_STEPS, digit_loss(digits)), (1.0, 0.0)),
    ]
    line = {
        "side": "torch",
        "version": torch.__version__,
        "capability": capability(),
        "threads": torch.get_num_threads(),
        "agreement_steps": AGREEMENT_STEPS,
        "agreement_loss": 0.0,
        "gradient_norms": [],
        "final_loss": 0.0,
    }
    for key, attack, deterministic in attacks:
        loss = attack.rollout(AGREEMENT_STEPS, *deterministic)
        loss.backward()
        line["agreement_loss"] += loss.item()
        line["gradient_norms"] += [parameter.grad.norm().item() for parameter in attack.parameters()]
        with torch.no_grad():
            line["final_loss"] += attack.rollout(attack.steps, *deterministic).item()
        line[key] = measure_training(attack, options.training_iterations)
    print(json.dumps(line))


if __name__ == "__main__":
    main()
