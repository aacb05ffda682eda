# SPDX-License-Identifier: Apache-2.0
"""Grow: the creature grows, is cut and grows back; the four experiments differ; 60 frames per second."""

import re
import time
import unittest

from browser import PHONE, PageTest

STAGE = "#grow .bench canvas"
CELLS = 72


class Growing(PageTest):
    def step(self):
        return int(re.match(r"Step (\d+)", self.find("#grow .figures").text).group(1))

    def wait_grown(self):
        self.wait(lambda: self.step() >= 150, 20, "the lizard to be grown")

    def test_first_creature_within_two_seconds(self):
        # Timed in the page, from the beginning of the navigation: the first frame that shows a plant of 20 cells.
        script = self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": """
            (function look() {
                const canvas = document.querySelector('#grow .bench canvas');
                const data = canvas?.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data ?? [];
                let cells = 0;
                for (let i = 0; i < data.length; i += 4) cells += data[i] < 200;
                if (cells >= 20 && cells < data.length / 8) window.firstCreature = performance.now();
                else requestAnimationFrame(look);
            })();"""})
        try:
            times = []
            for _ in range(3):
                self.open()
                times.append(self.wait(lambda: self.driver.execute_script("return window.firstCreature"), 10, "a creature"))
        finally:
            self.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)
        print("first creature after", ", ".join(f"{ms:.0f} ms" for ms in times))
        self.assertLess(sorted(times)[1], 2000)

    def test_grows_is_cut_and_grows_back(self):
        self.open()
        self.wait(lambda: self.pixels(STAGE)[0] == CELLS, 5, "the first frame")
        first = self.coloured(STAGE)
        self.wait_grown()
        grown = self.coloured(STAGE)
        self.assertGreater(grown, 500)
        self.assertGreater(grown, 5 * first)

        # A cut through the body, made while the world waits, so that the hole can be counted.
        self.button("Pause").click()
        hole = lambda x, y: (x - 36) ** 2 + (y - 34) ** 2 < 25
        whole = self.coloured(STAGE, hole)
        self.assertGreater(whole, 40)
        self.click_cell(STAGE, 36, 34, CELLS)
        self.wait(lambda: self.coloured(STAGE, hole) == 0, 5, "a hole where the brush came down")
        self.assertLess(self.coloured(STAGE), grown)
        self.screenshot("grow-cut")

        self.button("Play").click()
        cut_at = self.step()
        self.wait(lambda: self.step() > cut_at + 200, 20, "200 steps")
        self.assertGreater(self.coloured(STAGE, hole), 0.8 * whole)
        self.assertAlmostEqual(self.coloured(STAGE), grown, delta=0.15 * grown)

    def test_other_creatures_and_the_brush_that_plants(self):
        self.open()
        self.wait_grown()
        lizard = self.pixels(STAGE)
        self.set("Creature", "mushroom")
        self.wait(lambda: self.pixels(STAGE)[:2] != lizard[:2], 5, "the grid of the mushroom")
        self.wait_grown()
        width, height, data = self.pixels(STAGE)
        red = sum(1 for i in range(0, len(data), 4) if data[i] > 150 and data[i + 1] < 90 and data[i + 2] < 90)
        self.assertGreater(red, 50, "the cap of the mushroom is red")

        self.button("Clear").click()
        self.wait(lambda: self.coloured(STAGE) == 0, 5, "an empty grid")
        self.choose("Plant")
        self.click_cell(STAGE, 18, 18, width)
        self.wait(lambda: self.coloured(STAGE, lambda x, y: x < 30 and y < 30) > 100, 10, "a creature at the upper left")

    def test_rotation_turns_the_creature(self):
        self.open()
        self.wait_grown()
        upright = self.pixels(STAGE)
        self.set("Rotation", 180)
        self.button("Reset").click()
        self.wait(lambda: self.step() < 100, 5, "the world to begin again")
        self.wait_grown()
        turned = self.pixels(STAGE)
        width, height, data = turned
        # Turned about the seed, which is in cell (36, 36): x becomes 72 - x.
        back = bytearray(b"\xff" * len(data))
        for y in range(1, height):
            for x in range(1, width):
                to, source = 4 * (y * width + x), 4 * ((height - y) * width + width - x)
                back[to:to + 4] = data[source:source + 4]
        self.assertLess(self.difference(upright, (width, height, bytes(back))), 0.3 * self.difference(upright, turned))

    def test_four_experiments_differ(self):
        self.open()
        self.driver.execute_script("document.querySelector('.experiments').scrollIntoView()")
        self.wait(lambda: len(self.driver.find_elements("css selector", ".experiment canvas")) == 4, 10, "four canvases")
        steps = lambda: [int(re.search(r"\d+", node.text).group())
                         for node in self.driver.find_elements("css selector", ".experiment .figures")]
        self.wait(lambda: min(steps()) >= 500, 40, "500 steps of each experiment")
        self.screenshot("grow-experiments")
        pictures = [self.pixels(f".experiment:nth-child({i}) canvas") for i in range(1, 5)]
        for i in range(4):
            for j in range(i):
                # Experiments 2 and 3 show the same lizard; they differ in what became of it, by a little.
                self.assertGreater(self.difference(pictures[i], pictures[j]), 0.2, f"experiments {j + 1} and {i + 1}")
        # The first is no lizard any more, the second still is one: compare with the third.
        self.assertGreater(self.difference(pictures[0], pictures[2]), 3 * self.difference(pictures[1], pictures[2]))

        # One can be damaged and begun again without the others.
        before = steps()
        self.find(".experiment:nth-child(2) button[aria-label^='Restart']").click()
        self.wait(lambda: steps()[1] < 60, 5, "experiment 2 to begin again")
        self.assertGreaterEqual(steps()[0], before[0])

    def test_sixty_frames_per_second(self):
        self.open()
        self.wait_grown()
        busy = lambda: {m["name"]: m["value"] for m in self.driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]}
        self.driver.execute_cdp_cmd("Performance.enable", {})
        before, first = busy(), self.step()
        frames, seconds = self.driver.execute_async_script("""
            const done = arguments[0];
            let frames = 0, start;
            requestAnimationFrame(function tick(now) {
                start ??= now;
                if (now - start >= 5000) done([frames, (now - start) / 1000]);
                else { frames += 1; requestAnimationFrame(tick); }
            });""")
        steps, after = self.step() - first, busy()
        rate = frames / seconds
        work = 1000 * (after["TaskDuration"] - before["TaskDuration"]) / max(frames, 1)
        print(f"{rate:.1f} frames per second, {steps / frames:.2f} steps per frame, {work:.1f} ms of work per frame")
        self.assertAlmostEqual(steps / frames, 1, delta=0.15)
        # An idle machine shows 60. A page whose frame takes too long shows 30, every second frame; a busy machine in
        # between. So only what is nearer to 30 is the page's fault.
        self.assertGreater(rate, 45)

    def test_keyboard_alone(self):
        from selenium.webdriver.common.action_chains import ActionChains
        from selenium.webdriver.common.keys import Keys

        self.open()
        self.wait_grown()
        active = lambda: self.driver.execute_script("return document.activeElement.getAttribute('aria-label')")
        press = lambda *keys: ActionChains(self.driver).send_keys(*keys).perform()
        for _ in range(20):
            press(Keys.TAB)
            if active() == "A creature of cells":
                break
        self.assertEqual(active(), "A creature of cells")
        self.assertTrue(self.find("#grow .bench .brush").is_displayed())
        press(Keys.TAB)
        press(Keys.SPACE)       # Pause is the next one.
        self.assertEqual(self.driver.execute_script("return document.activeElement.textContent"), "Play")
        ActionChains(self.driver).key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT).perform()
        self.assertEqual(active(), "A creature of cells")
        hole = lambda x, y: (x - 38) ** 2 + (y - 36) ** 2 < 25
        self.assertGreater(self.coloured(STAGE, hole), 20)
        press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.SPACE)
        self.wait(lambda: self.coloured(STAGE, hole) == 0, 5, "a hole at the cursor")
        self.screenshot("grow-keyboard")
        press(Keys.ENTER)
        self.wait(lambda: self.coloured(STAGE, hole) == 1, 5, "a seed at the cursor")

    def test_reduced_motion_starts_paused(self):
        self.open(reduced_motion=True)
        self.wait(lambda: self.find("#grow .figures").text, 5, "the figures")
        time.sleep(0.5)
        self.assertEqual(self.step(), 0)
        self.assertEqual(self.coloured(STAGE), 1)
        self.button("Step").click()
        self.wait(lambda: self.step() == 1, 5, "one step")
        self.button("Play").click()
        self.wait(lambda: self.step() > 30, 5, "the creature to grow")

    def test_phone(self):
        self.open(size=PHONE)
        self.wait_grown()
        self.assertLessEqual(self.driver.execute_script("return document.documentElement.scrollWidth"), PHONE[0])
        self.screenshot("grow-phone")


if __name__ == "__main__":
    unittest.main()
