#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes vision_vectors.safetensors: what PyTorch computes with the feature networks, for tests/image/against_torch.cpp.

The architectures are written down here a second time, in PyTorch's own operations and in double precision. The networks
have their real widths, so their weights are not stored: both sides make them of a hash of the tensor's name and the
index of the element. Kept are, for every network, the gradient of a loss with respect to the picture [height, width, 3],
and for every tap its shape, its Euclidean norm and 256 of its values.

Usage: vision_vectors.py [OUTPUT.safetensors]      (needs torch and numpy; ten seconds)
"""

import json
import struct
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

SAMPLES = 256


def mix(x):
    """A bijection of 32-bit words that mixes them well."""
    x = x ^ (x >> np.uint32(16))
    x = x * np.uint32(0x7FEB352D)
    x = x ^ (x >> np.uint32(15))
    x = x * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))


def uniform(name, count):
    """`count` numbers in [-1, 1) that belong to a name."""
    seed = np.uint32(2166136261)
    with np.errstate(over="ignore"):
        for byte in name.encode():
            seed = (seed ^ np.uint32(byte)) * np.uint32(16777619)
        words = mix(np.arange(count, dtype=np.uint32) ^ mix(seed))
    return words.astype(np.float64) * 2.0**-31 - 1.0


def tensor(name, shape, scale):
    """The tensor of a name, rounded to float32 as a file would hold it."""
    values = (scale * uniform(name, int(np.prod(shape)))).astype(np.float32).astype(np.float64)
    return torch.from_numpy(values.reshape(shape))


def conv(x, name, outputs, size, **options):
    """A convolution with the weights of a name."""
    inputs = x.shape[1]
    weight = tensor(name + ".weight", (outputs, inputs, size, size), (6.0 / (inputs * size * size)) ** 0.5)
    return F.conv2d(x, weight, tensor(name + ".bias", (outputs,), 0.1), **options)


def torchvision_colours(x):
    mean = torch.tensor([0.485, 0.456, 0.406], dtype=torch.float64)
    deviation = torch.tensor([0.229, 0.224, 0.225], dtype=torch.float64)
    return (x - mean[:, None, None]) / deviation[:, None, None]


def vgg(depths):
    """VGG of torchvision up to relu5_1; depths are the convolutions of each block."""

    def run(x):
        x = torchvision_colours(x)
        taps = {"input": x}
        place = 0
        for block, depth in enumerate(depths):
            if block > 0:
                x = F.max_pool2d(x, 2, 2)
                place += 1
            for i in range(depth):
                x = F.relu(conv(x, f"features.{place}", [64, 128, 256, 512, 512][block], 3, padding=1))
                place += 2
                taps[f"relu{block + 1}_{i + 1}"] = x
        return taps

    return run


def distilled_vgg19(x):
    x = F.conv2d(x, tensor("conv0.weight", (3, 3, 1, 1), 100.0), tensor("conv0.bias", (3,), 100.0))
    taps = {"input": x}
    for block, depth in enumerate([2, 2, 4, 4, 1]):
        if block > 0:
            x = F.max_pool2d(x, 2, 2)
        for i in range(depth):
            x = F.pad(x, (1, 1, 1, 1), mode="reflect")
            x = F.relu(conv(x, f"conv{block + 1}{i + 1}", [16, 32, 64, 128, 128][block], 3))
            taps[f"relu{block + 1}_{i + 1}"] = x
    return taps


def squeezenet(x):
    """SqueezeNet 1.1 of torchvision."""
    x = torchvision_colours(x)
    taps = {"input": x}
    x = F.relu(conv(x, "features.0", 64, 3, stride=2))
    taps["conv1"] = x
    places = {3: 16, 4: 16, 6: 32, 7: 32, 9: 48, 10: 48, 11: 64, 12: 64}
    for i, (place, squeezed) in enumerate(places.items()):
        if place in (3, 6, 9):
            x = F.max_pool2d(x, 3, 2, ceil_mode=True)
        s = F.relu(conv(x, f"features.{place}.squeeze", squeezed, 1))
        one = conv(s, f"features.{place}.expand1x1", 4 * squeezed, 1)
        three = conv(s, f"features.{place}.expand3x3", 4 * squeezed, 3, padding=1)
        x = torch.cat([one, three], dim=1)
        taps[f"fire{i + 2}_pre_relu"] = x
        x = F.relu(x)
        taps[f"fire{i + 2}"] = x
    x = F.relu(conv(x, "classifier.1", 1000, 1))
    taps["logits"] = x.mean(dim=(2, 3), keepdim=True)
    return taps


def same(x, size, stride, value=0.0):
    """Pads as TensorFlow's "SAME" does."""
    pads = []
    for n in (x.shape[3], x.shape[2]):
        total = max((-(-n // stride) - 1) * stride + size - n, 0)
        pads += [total // 2, total - total // 2]
    return F.pad(x, pads, value=value)


def same_pool(x, stride):
    return F.max_pool2d(same(x, 3, stride, float("-inf")), 3, stride)


def inception_v1(x):
    """InceptionV1 with the names of the port `lucent`."""

    def layer(x, name, outputs, size, stride=1):
        return conv(same(x, size, stride), name + "_pre_relu_conv", outputs, size, stride=stride)

    def normalise(x):
        return F.local_response_norm(x, size=9, alpha=1e-4, beta=0.5, k=1.0)

    x = 255.0 * x - 117.0
    taps = {"input": x}
    x = normalise(same_pool(F.relu(layer(x, "conv2d0", 64, 7, 2)), 2))
    x = F.relu(layer(x, "conv2d1", 64, 1))
    x = same_pool(normalise(F.relu(layer(x, "conv2d2", 192, 3))), 2)
    modules = {
        "mixed3a": (64, 96, 128, 16, 32, 32),
        "mixed3b": (128, 128, 192, 32, 96, 64),
        "mixed4a": (192, 96, 204, 16, 48, 64),
        "mixed4b": (160, 112, 224, 24, 64, 64),
        "mixed4c": (128, 128, 256, 24, 64, 64),
        "mixed4d": (112, 144, 288, 32, 64, 64),
        "mixed4e": (256, 160, 320, 32, 128, 128),
        "mixed5a": (256, 160, 320, 48, 128, 128),
        "mixed5b": (384, 192, 384, 48, 128, 128),
    }
    for name, (one, three_in, three, five_in, five, reduced) in modules.items():
        if name in ("mixed4a", "mixed5a"):
            x = same_pool(x, 2)
        branches = [
            layer(x, name + "_1x1", one, 1),
            layer(F.relu(layer(x, name + "_3x3_bottleneck", three_in, 1)), name + "_3x3", three, 3),
            layer(F.relu(layer(x, name + "_5x5_bottleneck", five_in, 1)), name + "_5x5", five, 5),
            layer(same_pool(x, 1), name + "_pool_reduce", reduced, 1),
        ]
        taps[name] = torch.cat(branches, dim=1)
        x = F.relu(taps[name])
    return taps


# The networks, and the height and width of their pictures: not square, some of odd size.
NETWORKS = {
    "vgg16": (vgg([2, 2, 3, 3, 1]), 40, 32),
    "vgg19": (vgg([2, 2, 4, 4, 1]), 35, 49),
    "distilled_vgg19": (distilled_vgg19, 37, 50),
    "squeezenet": (squeezenet, 49, 66),
    "inception_v1": (inception_v1, 64, 96),
    "inception_v1_odd": (inception_v1, 45, 71),
}


def vectors(name, run, height, width):
    """The tensors to keep of one network."""
    # On this picture no two candidates of a pooling come so close that single precision would choose the other one.
    rgb = torch.from_numpy(0.5 + 0.5 * uniform("scene", height * width * 3).reshape(height, width, 3))
    rgb = rgb.float().double().requires_grad_(True)
    taps = run(rgb.permute(2, 0, 1)[None])
    kept = {}
    loss = 0.0
    for tap, maps in taps.items():
        values = maps[0].permute(1, 2, 0)
        flat = values.reshape(-1)
        # The loss is linear in the taps, with weights that each side makes of a hash.
        loss = loss + (flat * torch.from_numpy(uniform("adjoint." + tap, flat.numel()))).sum() / flat.numel() ** 0.5
        places = np.arange(SAMPLES, dtype=np.int64) * flat.numel() // SAMPLES
        numbers = flat.detach().numpy()
        kept[f"{name}.{tap}.shape"] = np.array(values.shape, dtype=np.float32)
        kept[f"{name}.{tap}.norm"] = np.array([np.linalg.norm(numbers)], dtype=np.float32)
        kept[f"{name}.{tap}.samples"] = numbers[places].astype(np.float32)
    loss.backward()
    kept[f"{name}.gradient"] = rgb.grad.numpy().astype(np.float32)
    return kept


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, values in tensors.items():
        header[name] = {
            "dtype": "F32", "shape": list(values.shape), "data_offsets": [len(data), len(data) + values.nbytes],
        }
        data += values.tobytes()
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + data)


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_suffix(".safetensors")
    tensors = {}
    for name, (run, height, width) in NETWORKS.items():
        tensors.update(vectors(name, run, height, width))
    write_safetensors(path, tensors)


if __name__ == "__main__":
    main()
