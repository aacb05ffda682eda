# SPDX-License-Identifier: Apache-2.0
"""CPU and GPU: shaders of models do what the CPU does, by software rasterisers; the part shows both and the difference."""

import unittest

from browser import PHONE, PageTest

PRELUDE = """
    const [options, done] = [arguments[0], arguments[arguments.length - 1]];
    const at = (path) => new URL(path, location.href).href;
    (async () => {
        const { GpuWorld, load } = await import(at('nca.js'));
        const nca = await load();
        const model = nca.model(await (await fetch(at(`models/${options.model}.safetensors`))).arrayBuffer());
        %s
    })().then(done, (error) => done({ error: `${error.name}: ${error.message}` }));
"""
# Both worlds grow, are cut where a disc meets the grid's border, and grow on.
BOTH = PRELUDE % """
    const size = { width: options.side, height: options.side, seed: 7 };
    const cpu = nca.world(model, size);
    let start = performance.now();
    const gpu = await GpuWorld.create(model, { ...size, api: options.api, int8: options.int8 });
    const compiled = performance.now() - start;
    if (model.system === 'growing') for (const world of [cpu, gpu]) world.plant(options.side >> 1, options.side >> 1);
    if (model.system === 'mnist') cpu.draw(6, 8, 20, 8, 3), cpu.draw(20, 8, 12, 22, 3);
    if (model.system !== 'growing') gpu.load(cpu.state());
    start = performance.now();
    const steps = (count) => [cpu, gpu].forEach((world) => world.step(count));
    steps(options.steps / 2);
    if (options.cut) for (const world of [cpu, gpu]) world.erase(...options.cut);
    steps(options.steps / 2);
    const found = await gpu.state();
    const time = (performance.now() - start) / options.steps;
    const expected = cpu.state();
    let largest = 0, different = 0, living = 0;
    for (let i = 0; i < found.length; ++i) largest = Math.max(largest, Math.abs(found[i] - expected[i]));
    for (let i = 3; i < found.length; i += model.channels) {
        different += found[i] > 0.1 !== expected[i] > 0.1;
        living += expected[i] > 0.1;
    }
    gpu.draw();
    const shown = new OffscreenCanvas(gpu.width, gpu.height).getContext('2d');
    shown.drawImage(gpu.canvas, 0, 0);
    const pixels = shown.getImageData(0, 0, gpu.width, gpu.height).data;
    const colours = cpu.rgba();
    let colour = 0;
    if (model.system === 'growing') pixels.forEach((value, i) => (colour = Math.max(colour, Math.abs(value - colours[i]))));
    const result = { largest, different, living, compiled, time, colour, done: gpu.steps };
    gpu.free();
    return result;
"""
ADAPTER = "const done = arguments[0]; Promise.resolve(navigator.gpu?.requestAdapter()).then((one) => done(!!one), () => done(false));"
REFUSED = PRELUDE % """
    const refuse = async (owner, name, replacement) => {
        const original = Object.getOwnPropertyDescriptor(owner, name);
        Object.defineProperty(owner, name, { configurable: true, ...replacement(original) });
        try {
            return await GpuWorld.create(model, { width: 8, height: 8, ...options.world }).then(() => 'made', (error) =>
                `${error.name}: ${error.message}`);
        } finally {
            Object.defineProperty(owner, name, original);
        }
    };
    const context = WebGL2RenderingContext.prototype;
    const result = [
        await refuse(OffscreenCanvas.prototype, 'getContext', () => ({ value: () => null })),
        await refuse(context, 'getExtension', () => ({ value: () => null })),
        await refuse(context, 'getParameter', () => ({ value: () => 3 })),
    ];
    options.world = { api: 'webgpu' };
    result.push(await refuse(Navigator.prototype, 'gpu', () => ({ get: () => undefined })));
    return result;
"""


class Gpu(PageTest):
    # Without Vulkan a canvas of WebGPU takes the whole process of the GPU down.
    arguments = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--enable-unsafe-webgpu",
                 "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan", "--use-vulkan=swiftshader")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.driver.set_script_timeout(300)

    def both(self, **options):
        result = self.driver.execute_async_script(BOTH, {"model": "growing/lizard", "side": 40, "steps": 200, **options})
        self.assertNotIn("error", result, result.get("error"))
        print(options, {name: float(f"{value:.3g}") for name, value in result.items()})
        self.assertEqual(result["done"], options.get("steps", 200))
        self.assertLess(result["largest"], 1e-3)
        return result

    def grow_on_both(self, api):
        result = self.both(api=api, cut=(9.5, 12, 14))
        self.assertGreater(result["living"], 300)
        self.assertLessEqual(result["different"], 0.001 * 40 * 40)
        self.assertLessEqual(result["colour"], 1)

    def need_webgpu(self):
        if not self.driver.execute_async_script(ADAPTER):
            self.skipTest("this Chromium has no adapter for WebGPU")

    def test_a_creature_by_webgl(self):
        self.open()
        self.grow_on_both("webgl2")

    def test_a_creature_by_webgpu(self):
        self.open()
        self.need_webgpu()
        self.grow_on_both("webgpu")

    def test_a_texture_by_webgl(self):
        self.open()
        self.both(model="textures/bubbles", api="webgl2", side=28, steps=20)

    def test_digits_by_webgl_need_8_bits(self):
        # Chromium refuses tables of the size of their weights as floats.
        self.open()
        digits = {"model": "mnist/ce", "api": "webgl2", "side": 28, "steps": 2}
        self.assertIn("WebGL 2 refuses the shader", self.driver.execute_async_script(BOTH, digits)["error"])
        result = self.driver.execute_async_script(BOTH, {**digits, "int8": True})
        self.assertEqual(result["done"], 2)

    def test_what_a_browser_lacks_gives_one_sentence(self):
        self.open()
        self.assertEqual(self.driver.execute_async_script(REFUSED, {"model": "growing/lizard"}), [
            "NcaError: this browser has no WebGL 2",
            "NcaError: this WebGL 2 has no EXT_color_buffer_float: it cannot write floats",
            "NcaError: 16 channels need 4 draw buffers, and this WebGL 2 has 3",
            "NcaError: this browser has no WebGPU"])

    # The part.

    def measured(self, name):
        return float(self.driver.execute_script(
            "return document.querySelector('#gpu .difference-words').dataset[arguments[0]] ?? -1", name))

    def wait_steps(self, count):
        self.wait(lambda: self.measured("steps") >= count, 120, f"step {count} on both")

    def canvas(self, number):
        return f"#gpu .sides figure:nth-child({number}) canvas"

    def test_the_part_shows_both_and_the_difference(self):
        self.open("gpu")
        self.wait_steps(50)
        self.assertLess(self.measured("largest"), 1e-3)
        self.assertLessEqual(self.measured("lives"), 5)
        self.screenshot("gpu", full=True)

        self.button("Pause").click()
        hole = lambda x, y: (x - 36) ** 2 + (y - 34) ** 2 < 25
        self.assertGreater(self.coloured(self.canvas(2), hole), 40)
        self.click_cell(self.canvas(2), 36, 34, 72)
        for number in (1, 2):
            self.wait(lambda: self.coloured(self.canvas(number), hole) == 0, 5, f"a hole in canvas {number}")

        # With 8 bits per weight the creature is another one, until the cells are copied.
        self.choose("8 bits")
        self.button("Play").click()
        self.wait(lambda: self.measured("largest") > 1e-3, 60, "8 bits to make a difference")
        self.button("Pause").click()
        self.screenshot("gpu-8-bits", full=True)
        self.button("Copy the CPU\u2019s cells to the GPU").click()
        self.wait(lambda: self.measured("largest") == 0, 10, "the same cells on both")
        self.button("Reset").click()
        self.wait(lambda: self.measured("steps") == 0 and self.measured("largest") == 0, 10, "both to begin again")

    def test_webgpu_in_the_part(self):
        self.open("gpu")
        self.need_webgpu()
        self.wait_steps(20)
        self.choose("WebGPU")
        before = self.measured("steps")
        self.wait(lambda: "WebGPU, compiled" in self.find("#gpu .sides").text, 60, "WebGPU")
        self.wait_steps(before + 40)
        self.assertLess(self.measured("largest"), 1e-3)
        self.assertGreater(self.coloured(self.canvas(2)), 50)

    def test_phone(self):
        self.open("gpu", size=PHONE)
        self.wait_steps(10)
        self.assertLessEqual(self.driver.execute_script("return document.documentElement.scrollWidth"), PHONE[0])
        self.screenshot("gpu-phone", full=True)


if __name__ == "__main__":
    unittest.main()
