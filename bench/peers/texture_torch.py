#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""PyTorch's side of bench/compare.sh for textures: the model and the loss of Self-Organising Textures as the public
notebook writes them.

Four fixed filters on every channel with circular padding, two 1x1 convolutions, one random number per cell and step;
every cell is computed. The style loss is the sliced optimal transport between the features of a VGG-19 distilled to a
sixteenth. All tensors come from a file of `bench_compare_texture --export`. Prints one JSON line with the same keys as
bench_compare_texture.

Usage: texture_torch.py FILE.safetensors [--threads 2] [--training-iterations 2]
"""

import argparse
import json

import torch
import torch.nn.functional as F

from growing_torch import capability, read_safetensors, times
from vision_torch import distilled_vgg19

CHANNELS = 12
HIDDEN = 96
STEPS = 64
FIRE_RATE = 0.5
LEARNING_RATE = 1e-3
AGREEMENT_STEPS = 4
DIRECTIONS = 32


class TextureCA(torch.nn.Module):
    """The update rule on states [batch, channels, height, width]."""

    def __init__(self, tensors):
        super().__init__()
        identity = torch.tensor([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
        sobel = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
        laplacian = torch.tensor([[1.0, 2.0, 1.0], [2.0, -12.0, 2.0], [1.0, 2.0, 1.0]])
        self.register_buffer("filters", torch.stack([identity, sobel, sobel.T, laplacian])[:, None])
        self.hidden = torch.nn.Conv2d(4 * CHANNELS, HIDDEN, 1)
        self.update = torch.nn.Conv2d(HIDDEN, CHANNELS, 1, bias=False)
        self.initial = tensors
        self.reset()

    @torch.no_grad()
    def reset(self):
        """Sets the weights back to those of the file."""
        weight = self.initial["perceive_to_hidden.weight"]
        # The file orders perception as filter * channels + channel, the notebook as channel * filters + filter.
        weight = weight.reshape(HIDDEN, 4, CHANNELS).transpose(1, 2).reshape(HIDDEN, 4 * CHANNELS, 1, 1)
        self.hidden.weight.copy_(weight)
        self.hidden.bias.copy_(self.initial["perceive_to_hidden.bias"])
        self.update.weight.copy_(self.initial["hidden_to_update.weight"][:, :, None, None])

    def perceive(self, x):
        batch, channels, height, width = x.shape
        y = F.pad(x.reshape(batch * channels, 1, height, width), [1, 1, 1, 1], "circular")
        return F.conv2d(y, self.filters).reshape(batch, -1, height, width)

    def forward(self, x, fire_rate=FIRE_RATE):
        change = self.update(F.relu(self.hidden(self.perceive(x))))
        if fire_rate < 1.0:
            change = change * (torch.rand(x.shape[0], 1, *x.shape[2:]) + fire_rate).floor()
        return x + change


def rollout(model, x, steps, fire_rate=FIRE_RATE):
    for _ in range(steps):
        x = model(x, fire_rate)
    return x


class StyleLoss:
    """Sliced optimal transport between features of a picture and those of a target, on six levels."""

    def __init__(self, network, target):
        self.network = network
        with torch.no_grad():
            self.target = self.features(target)

    def features(self, picture):
        levels = [F.conv2d(picture, self.network["conv0.weight"], self.network["conv0.bias"])]
        levels += distilled_vgg19(self.network, picture)
        return [level.reshape(*level.shape[:2], -1) for level in levels]

    def __call__(self, picture, directions=None):
        total = 0.0
        for level, (source, target) in enumerate(zip(self.features(picture), self.target)):
            if directions is None:
                components = torch.randn(source.shape[1], DIRECTIONS)
            else:
                components = directions[level]
            components = F.normalize(components, dim=0)
            a = torch.einsum("bcn,cp->bpn", source, components).sort()[0]
            b = torch.einsum("bcn,cp->bpn", target, components).sort()[0]
            total = total + (a - F.interpolate(b, a.shape[-1], mode="nearest")).square().sum()
        return total


def measure_training(model, states, iterations, loss_of):
    """Whole iterations: rollout, backward, normalisation of every variable's gradient, Adam."""
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)

    def iterate():
        loss = loss_of(rollout(model, states, STEPS))
        optimiser.zero_grad()
        loss.backward()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.grad /= parameter.grad.norm() + 1e-8
        optimiser.step()
        # Restores the weights (a few thousand values), so that every iteration starts from the same ones.
        model.reset()

    return times(1, iterations, iterate)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", help="weights, states, target, network and directions")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--training-iterations", type=int, default=2)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    # Subnormal numbers would take a hundred times as long.
    torch.set_flush_denormal(True)
    tensors = read_safetensors(options.file)
    states = tensors.pop("states").permute(0, 3, 1, 2).contiguous()
    target = tensors.pop("target").permute(2, 0, 1)[None].contiguous()
    model = TextureCA(tensors)

    def mean_square(x):
        return x[:, :3].square().mean()

    loss = mean_square(rollout(model, states, AGREEMENT_STEPS, 1.0))
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
        line["final_loss"] = mean_square(rollout(model, states, STEPS, 1.0)).item()
    style = StyleLoss(tensors, target)
    directions = [tensors[f"directions.{level}"] for level in range(len(style.target))]
    picture = target.transpose(2, 3).flip(2).flip(1).clone().requires_grad_()
    loss = style(picture, directions)
    loss.backward()
    line["style_loss"] = loss.item()
    line["gradient_norms"].append(picture.grad.norm().item())

    def full_loss(x):
        return style(x[:, :3] + 0.5) + (x - x.clamp(-1.0, 1.0)).abs().sum()

    line["training_ms"] = measure_training(model, states, options.training_iterations, mean_square)
    line["iteration_ms"] = measure_training(model, states, options.training_iterations, full_loss)
    print(json.dumps(line))


if __name__ == "__main__":
    main()
