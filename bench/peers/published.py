# SPDX-License-Identifier: Apache-2.0
"""What PyTorch's sides of bench/compare.sh share for models in the folder NCA_DATA: their files, training, agreement
with the other side and with the golden vectors."""

import argparse
import json
import math
import os
import struct

import numpy as np
import torch

from growing_torch import capability, times

AGREEMENT_STEPS = 4
GRADIENT_TOLERANCE = 1e-6


def read_tensors(*path):
    """The tensors of a safetensors file, by name."""
    types = {"F32": np.float32, "I32": np.int32, "U8": np.uint8}
    with open(os.path.join(*path), "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = np.frombuffer(data[begin:end], dtype=types[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = torch.from_numpy(values.copy())
    return tensors


def channels_first(x):
    """[batch, ..., channels] as [batch, channels, ...]."""
    return x.movedim(-1, 1).contiguous()


class PublishedCA(torch.nn.Module):
    """A rule whose parameters are named as in the published file."""

    def start_from(self, tensors):
        self.initial = tensors
        self.reset()

    @torch.no_grad()
    def reset(self):
        """Sets the weights back to those of the file."""
        for name, parameter in self.named_parameters():
            parameter.copy_(self.initial[name].reshape(parameter.shape))


def fires(x, fire):
    """The cells that fire: `fire` itself if it is a mask, else each cell with this probability."""
    return fire.bool() if torch.is_tensor(fire) else torch.rand(x.shape[0], 1, *x.shape[2:]) < fire


def seeds(count, channels, sides, first):
    """States with one living cell in the middle, where the channels from `first` on are 1."""
    x = torch.zeros(count, channels, *sides)
    x[(slice(None), slice(first, None), *(side // 2 for side in sides))] = 1.0
    return x


def agreement(model, loss_after, steps):
    """What both sides have to agree on."""
    loss = loss_after(AGREEMENT_STEPS)
    loss.backward()
    with torch.no_grad():
        return {"agreement_steps": AGREEMENT_STEPS, "agreement_loss": loss.item(),
                "gradient_norms": [parameter.grad.norm().item() for parameter in model.parameters()],
                "final_loss": loss_after(steps).item()}


def measure_training(model, optimiser, loss_of, iterations, epsilon=None):
    """Whole iterations: rollout, backward, with an epsilon the normalisation of every variable's gradient, Adam."""

    def iterate():
        loss = loss_of()
        optimiser.zero_grad()
        loss.backward()
        if epsilon is not None:
            for parameter in model.parameters():
                parameter.grad /= parameter.grad.norm() + epsilon
        optimiser.step()
        # Restores the weights (a few thousand values), so that every iteration starts from the same ones.
        model.reset()

    return times(1, iterations, iterate)


def agrees(name, value, golden, tolerance):
    """Prints the largest error; whether it is within the tolerance."""
    error = (value.double() - golden.double()).abs().max().item()
    good = math.isfinite(error) and error <= tolerance
    print(f"{'ok    ' if good else 'FAILED'} {name}: error {error:.1e}, tolerance {tolerance:.1e}")
    return good


def agree_gradients(model, golden):
    """Whether the parameters have the gradients grad.* of the file, relative to the largest entry of each."""
    return all([agrees(f"gradient of {name}", parameter.grad, golden[f"grad.{name}"].reshape(parameter.shape),
                       GRADIENT_TOLERANCE * golden[f"grad.{name}"].abs().max().item())
                for name, parameter in model.named_parameters()])


def agree_states(name, step, x, fire, golden):
    """Whether the states after some steps are those of a dictionary: number of steps to state and tolerance."""
    results = []
    with torch.no_grad():
        for i, one in enumerate(fire[:max(golden)], start=1):
            x = step(x, one)
            if i in golden:
                state, tolerance = golden[i]
                results.append(agrees(f"{name} after step {i}", x, channels_first(state[None]), tolerance))
    return all(results)


def parse(description):
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("folder", help="the published models, as NCA_DATA")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--training-iterations", type=int, default=2)
    parser.add_argument("--steps", type=int, default=20, help="steps of inference that are timed")
    parser.add_argument("--check", action="store_true", help="compare with the golden vectors, time nothing")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    # Subnormal numbers would take a hundred times as long.
    torch.set_flush_denormal(True)
    return options


def header():
    return {"side": "torch", "version": torch.__version__, "capability": capability(),
            "threads": torch.get_num_threads()}
