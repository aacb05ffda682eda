#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""JAX's side of bench/compare.sh --compilers: growing_torch.py as JAX users write it, compiled as a whole.

The rollout is a scan, and the whole iteration (rollout, backward, normalisation of every variable's gradient, Adam) one
compiled function. Prints one JSON line with the same keys as growing_torch.py.

Usage: growing_jax.py FILE.safetensors [--threads 2] [--training-iterations 2] [--steps 20]
"""

import functools
import json
import os

from growing_torch import (AGREEMENT_STEPS, BATCH, CHANNELS, FIRE_RATE, LEARNING_RATE, STEPS, argument_parser,
                           read_safetensors, times)


def main():
    options = argument_parser(__doc__).parse_args()
    os.environ["NPROC"] = str(options.threads)

    import jax
    import jax.numpy as jnp
    import numpy as np
    from jax import lax

    tensors = {name: tensor.numpy() for name, tensor in read_safetensors(options.file).items()}
    seed = jnp.asarray(tensors.pop("state"))[None]
    target = jnp.asarray(tensors.pop("target"))[None]
    # States are [batch, height, width, channels]; perception is ordered as filter * channels + channel, as in the file.
    sobel = np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]], np.float32) / 8.0
    identity = np.array([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]], np.float32)
    filters = np.stack([identity, sobel, sobel.T], axis=-1)
    # A depth-wise convolution orders its outputs as channel * filters + filter.
    kernel = jnp.asarray(np.tile(filters[:, :, None, :], (1, 1, 1, CHANNELS)))
    hidden = tensors["perceive_to_hidden.weight"].reshape(-1, 3, CHANNELS).transpose(2, 1, 0).reshape(3 * CHANNELS, -1)
    initial = [
        jnp.asarray(hidden),
        jnp.asarray(tensors["perceive_to_hidden.bias"]),
        jnp.asarray(tensors["hidden_to_update.weight"].T),
        jnp.asarray(tensors["hidden_to_update.bias"]),
    ]

    def alive(x):
        return lax.reduce_window(x[..., 3:4], -jnp.inf, lax.max, (1, 3, 3, 1), (1, 1, 1, 1), "SAME") > 0.1

    def step(weights, x, key, fire_rate):
        before = alive(x)
        perception = lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"),
                                              feature_group_count=CHANNELS)
        change = jax.nn.relu(perception @ weights[0] + weights[1]) @ weights[2] + weights[3]
        if fire_rate < 1.0:
            change = change * (jax.random.uniform(key, (*x.shape[:3], 1)) <= fire_rate)
        x = x + change
        return x * (before & alive(x))

    def loss_of(weights, x, key, steps, fire_rate):
        def body(state, step_key):
            return step(weights, state, step_key, fire_rate), None

        last, _ = lax.scan(body, x, jax.random.split(key, steps))
        return jnp.mean((last[..., :4] - target) ** 2)

    @jax.jit
    def iterate(weights, moments, x, key):
        loss, gradients = jax.value_and_grad(loss_of)(weights, x, key, STEPS, FIRE_RATE)
        gradients = [g / (jnp.linalg.norm(g) + 1e-8) for g in gradients]
        first = [0.9 * m + 0.1 * g for m, g in zip(moments[0], gradients)]
        second = [0.999 * v + 0.001 * g * g for v, g in zip(moments[1], gradients)]
        new = [
            w - LEARNING_RATE * (m / 0.1) / (jnp.sqrt(v / 0.001) + 1e-7) for w, m, v in zip(weights, first, second)
        ]
        return loss, new

    key = jax.random.PRNGKey(1)
    evaluate = jax.jit(jax.value_and_grad(loss_of), static_argnums=(3, 4))
    loss, gradients = evaluate(initial, seed, key, AGREEMENT_STEPS, 1.0)
    final, _ = evaluate(initial, seed, key, STEPS, 1.0)
    batch = jnp.repeat(seed, BATCH, axis=0)
    zeros = [jnp.zeros_like(w) for w in initial]

    def one_iteration():
        jax.block_until_ready(iterate(initial, (zeros, zeros), batch, key))

    def measure_steps(x):
        compiled = jax.jit(functools.partial(step, fire_rate=FIRE_RATE))
        state = [x]

        def one_step():
            state[0] = jax.block_until_ready(compiled(initial, state[0], key))

        return times(3, options.steps, one_step)

    line = {
        "side": "jax",
        "version": jax.__version__,
        "threads": options.threads,
        "agreement_steps": AGREEMENT_STEPS,
        "agreement_loss": float(loss),
        "gradient_norms": [float(jnp.linalg.norm(g)) for g in gradients],
        "final_loss": float(final),
        "training_ms": times(1, options.training_iterations, one_iteration),
        "batch_step_ms": measure_steps(batch),
        "single_step_ms": measure_steps(seed),
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
