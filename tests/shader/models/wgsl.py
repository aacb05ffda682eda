# SPDX-License-Identifier: Apache-2.0
"""Exported shaders of WGSL on Vulkan's software rasteriser."""

import functools
import struct

import numpy
import wgpu


@functools.cache
def device():
    """None where there is no rasteriser, which is alike on every machine."""
    for adapter in wgpu.gpu.enumerate_adapters_sync():
        if adapter.info["backend_type"] == "Vulkan" and adapter.info["adapter_type"] == "CPU":
            return adapter.request_device_sync()
    return None


def validate(text):
    """Raises what the compiler says of a text that is wrong."""
    device().create_shader_module(code=text)


def bind_words(gpu, words):
    """The texture of a picture of weights."""
    height, width = words.shape[:2]
    usage = wgpu.TextureUsage
    texture = gpu.create_texture(
        size=(width, height, 1), format="rgba8unorm", usage=usage.TEXTURE_BINDING | usage.COPY_DST
    )
    gpu.queue.write_texture({"texture": texture}, numpy.ascontiguousarray(words),
                            {"bytes_per_row": 4 * width, "rows_per_image": height}, (width, height, 1))
    return texture.create_view()


def step(text, words, state, steps, seed, goal):
    """The state, [row][column][channel], after some steps. `words`: the pixels of the weights, or None."""
    height, width, channels = state.shape
    groups = (channels + 3) // 4
    cells = numpy.zeros((height, width, 4 * groups), "<f4")
    cells[:, :, :channels] = state
    gpu = device()
    usage = wgpu.BufferUsage
    buffers = [
        gpu.create_buffer_with_data(data=cells, usage=usage.STORAGE | usage.COPY_SRC | usage.COPY_DST)
        for _ in range(3)
    ]
    frame = gpu.create_buffer(size=40, usage=usage.UNIFORM | usage.COPY_DST)
    compute = wgpu.ShaderStage.COMPUTE
    kinds = ("uniform", "read-only-storage", "storage", "storage")
    places = [{"binding": i, "visibility": compute, "buffer": {"type": kind}} for i, kind in enumerate(kinds)]
    entries = [{"binding": i, "resource": {"buffer": buffer}} for i, buffer in enumerate([frame, *buffers])]
    if words is not None:
        places.append({"binding": 4, "visibility": compute, "texture": {}})
        entries.append({"binding": 4, "resource": bind_words(gpu, words)})
    layout = gpu.create_bind_group_layout(entries=places)
    bound = gpu.create_bind_group(layout=layout, entries=entries)
    module = gpu.create_shader_module(code=text)
    pipelines = [
        gpu.create_compute_pipeline(
            layout=gpu.create_pipeline_layout(bind_group_layouts=[layout]),
            compute={"module": module, "entry_point": entry},
        )
        for entry in ("step", "life")
        if f"fn {entry}(" in text
    ]
    for number in range(steps):
        gpu.queue.write_buffer(frame, 0, struct.pack("<iiIiIIff", width, height, number, goal,
                                                     seed & 0xFFFFFFFF, seed >> 32, 1.0, 1.0))
        encoder = gpu.create_command_encoder()
        for pipeline in pipelines:
            work = encoder.begin_compute_pass()
            work.set_pipeline(pipeline)
            work.set_bind_group(0, bound)
            work.dispatch_workgroups((width + 7) // 8, (height + 7) // 8)
            work.end()
        encoder.copy_buffer_to_buffer(buffers[len(pipelines)], 0, buffers[0], 0, cells.nbytes)
        gpu.queue.submit([encoder.finish()])
    last = numpy.frombuffer(gpu.queue.read_buffer(buffers[0]), "<f4")
    return last.reshape(cells.shape)[:, :, :channels]
