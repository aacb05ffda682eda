#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""PyTorch's side of bench/compare.sh for feature networks: the distilled VGG19 and VGG16 up to relu5_1.

Forward and backward to the pictures; the weights are constants. The loss is half the sum of the squares of the first
features of every block. Weights and pictures come from a file of `bench_compare_vision --export`. Prints one JSON line
with the same keys as bench_compare_vision.

Usage: vision_torch.py FILE.safetensors [--threads 2]
"""

import argparse
import json

import torch
import torch.nn.functional as F

from growing_torch import capability, read_safetensors, times


def distilled_vgg19(tensors, x):
    """The features of the distilled VGG19: mirrored edges, and a convolution for the colours."""
    x = F.conv2d(x, tensors["conv0.weight"], tensors["conv0.bias"])
    taps = []
    for block, depth in enumerate([2, 2, 4, 4, 1], start=1):
        if block > 1:
            x = F.max_pool2d(x, 2)
        for i in range(1, depth + 1):
            name = f"conv{block}{i}"
            x = F.pad(x, (1, 1, 1, 1), mode="reflect")
            x = F.relu(F.conv2d(x, tensors[name + ".weight"], tensors[name + ".bias"]), inplace=True)
            if i == 1:
                taps.append(x)
    return taps


def vgg16(tensors, x):
    """The features of VGG16 with torchvision's names."""
    mean = torch.tensor([0.485, 0.456, 0.406])[:, None, None]
    deviation = torch.tensor([0.229, 0.224, 0.225])[:, None, None]
    x = (x - mean) / deviation
    taps = []
    place = 0
    for block, depth in enumerate([2, 2, 3, 3, 1]):
        if block > 0:
            x = F.max_pool2d(x, 2)
            place += 1
        for i in range(depth):
            name = f"features.{place}"
            x = F.relu(F.conv2d(x, tensors[name + ".weight"], tensors[name + ".bias"], padding=1), inplace=True)
            place += 2
            if i == 0:
                taps.append(x)
    return taps


def compute(network, tensors, pictures):
    """The loss and the gradient with respect to the pictures. The adjoints of the features are the features."""
    x = pictures.detach().requires_grad_(True)
    taps = network(tensors, x)
    torch.autograd.backward(taps, [tap.detach() for tap in taps])
    return taps, x.grad


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", help="weights and pictures")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    tensors = read_safetensors(options.file)
    pictures = tensors.pop("pictures").permute(0, 3, 1, 2).contiguous()
    line = {
        "side": "torch",
        "version": torch.__version__,
        "capability": capability(),
        "threads": torch.get_num_threads(),
        "agreement_loss": 0.0,
        "gradient_norms": [],
    }
    for key, network, count in [("distilled_ms", distilled_vgg19, 20), ("vgg16_ms", vgg16, 5)]:
        taps, gradient = compute(network, tensors, pictures)
        line["agreement_loss"] += sum(0.5 * (tap.detach().double() ** 2).sum().item() for tap in taps)
        line["gradient_norms"].append(gradient.norm().item())
        line[key] = times(2, count, lambda: compute(network, tensors, pictures))
    print(json.dumps(line))


if __name__ == "__main__":
    main()
