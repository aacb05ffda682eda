#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""PyTorch's side of bench/compare.sh: the model of Growing NCA as the public notebooks write it.

Depth-wise convolution with fixed filters, two 1x1 convolutions, one random number per cell and step, max-pooling for
the alive mask, zero padding; every cell is computed. Weights, grown state and target come from a file of
`bench_compare_growing --export`. Prints one JSON line with the same keys as bench_compare_growing.

oneDNN does the convolutions. Written with linear layers, or one thread, Debian's PyTorch takes its slow reference BLAS
instead, four times the time; the channels-last memory format is no more than 6% faster.

Usage: growing_torch.py FILE.safetensors [--threads 2] [--training-iterations 2] [--steps 20] [--compiled [--bfloat16]]
"""

import argparse
import contextlib
import json
import struct
import time

import numpy as np
import torch
import torch.nn.functional as F

CHANNELS = 16
BATCH = 8
STEPS = 80
FIRE_RATE = 0.5
LEARNING_RATE = 2e-3
AGREEMENT_STEPS = 8


def read_safetensors(path):
    """The float32 tensors of a file, by name."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = np.frombuffer(data[begin:end], dtype="<f4").reshape(entry["shape"])
        tensors[name] = torch.from_numpy(values.astype(np.float32))
    return tensors


class GrowingCA(torch.nn.Module):
    """The update rule on states [batch, channels, height, width]."""

    def __init__(self, tensors):
        super().__init__()
        sobel = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]) / 8.0
        identity = torch.tensor([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
        filters = torch.stack([identity, sobel, sobel.T])[:, None]
        self.register_buffer("filters", filters.repeat(CHANNELS, 1, 1, 1))
        self.hidden = torch.nn.Conv2d(3 * CHANNELS, 128, 1)
        self.update = torch.nn.Conv2d(128, CHANNELS, 1)
        self.initial = tensors
        self.reset()

    @torch.no_grad()
    def reset(self):
        """Sets the weights back to those of the file."""
        weight = self.initial["perceive_to_hidden.weight"]
        # The file orders perception as filter * channels + channel, a depthwise convolution as channel * 3 + filter.
        weight = weight.reshape(128, 3, CHANNELS).transpose(1, 2).reshape(128, 3 * CHANNELS, 1, 1)
        self.hidden.weight.copy_(weight)
        self.hidden.bias.copy_(self.initial["perceive_to_hidden.bias"])
        self.update.weight.copy_(self.initial["hidden_to_update.weight"][:, :, None, None])
        self.update.bias.copy_(self.initial["hidden_to_update.bias"])

    @staticmethod
    def alive(x):
        return F.max_pool2d(x[:, 3:4], 3, stride=1, padding=1) > 0.1

    def forward(self, x, fire_rate=FIRE_RATE):
        before = self.alive(x)
        perception = F.conv2d(x, self.filters, padding=1, groups=CHANNELS)
        change = self.update(F.relu(self.hidden(perception)))
        if fire_rate < 1.0:
            change = change * (torch.rand(x.shape[0], 1, *x.shape[2:]) <= fire_rate).float()
        x = x + change
        return x * (before & self.alive(x)).float()


def loss_of(x, target):
    return ((x[:, :4] - target) ** 2).mean()


def rollout(model, x, steps, fire_rate=FIRE_RATE):
    for _ in range(steps):
        x = model(x, fire_rate)
    return x


def times(warm_up, count, work):
    """Milliseconds of every call of `work` after `warm_up` of them."""
    result = []
    for i in range(warm_up + count):
        start = time.perf_counter()
        work()
        if i >= warm_up:
            result.append(1e3 * (time.perf_counter() - start))
    return result


def capability():
    """The instruction set that PyTorch's own kernels use; oneDNN chooses for itself."""
    lines = torch.__config__.show().splitlines()
    return next((line.rpartition(":")[2].strip() for line in lines if "CPU capability" in line), "")


def measure_training(model, seed, target, iterations):
    """Whole iterations: rollout, backward, normalisation of every variable's gradient, Adam."""
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, eps=1e-7)
    batch = seed.repeat(BATCH, 1, 1, 1)

    def iterate():
        loss = loss_of(rollout(model, batch, STEPS), target)
        optimiser.zero_grad()
        loss.backward()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.grad /= parameter.grad.norm() + 1e-8
        optimiser.step()
        # Restores the weights (a few thousand values), so that every iteration starts from the same creature.
        model.reset()

    return times(1, iterations, iterate)


@torch.no_grad()
def measure_steps(model, seed, batch, count):
    x = seed.repeat(batch, 1, 1, 1)

    def step():
        nonlocal x
        x = model(x)

    return times(3, count, step)


def argument_parser(description):
    """The arguments of every side of growing."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("file", help="weights, state and target")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--training-iterations", type=int, default=2)
    parser.add_argument("--steps", type=int, default=20, help="steps of inference that are timed")
    return parser


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--compiled", action="store_true", help="compile the step with torch.compile")
    parser.add_argument("--bfloat16", action="store_true", help="convolve in bfloat16 (autocast)")
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    tensors = read_safetensors(options.file)
    seed = tensors.pop("state").permute(2, 0, 1)[None].contiguous()
    target = tensors.pop("target").permute(2, 0, 1)[None].contiguous()
    model = GrowingCA(tensors)

    loss = loss_of(rollout(model, seed, AGREEMENT_STEPS, 1.0), target)
    loss.backward()
    line = {
        "side": "torch",
        "variant": " ".join(["compiled"] * options.compiled + ["bfloat16"] * options.bfloat16) or "eager",
        "version": torch.__version__,
        "capability": capability(),
        "threads": torch.get_num_threads(),
        "agreement_steps": AGREEMENT_STEPS,
        "agreement_loss": loss.item(),
        "gradient_norms": [parameter.grad.norm().item() for parameter in model.parameters()],
    }
    with torch.no_grad():
        line["final_loss"] = loss_of(rollout(model, seed, STEPS, 1.0), target).item()
    if options.compiled:
        model.compile()
    narrow = torch.autocast("cpu", dtype=torch.bfloat16) if options.bfloat16 else contextlib.nullcontext()
    with narrow:
        line["training_ms"] = measure_training(model, seed, target, options.training_iterations)
        line["batch_step_ms"] = measure_steps(model, seed, BATCH, options.steps)
        line["single_step_ms"] = measure_steps(model, seed, 1, options.steps)
    print(json.dumps(line))


if __name__ == "__main__":
    main()
