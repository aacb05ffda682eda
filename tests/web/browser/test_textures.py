# SPDX-License-Identifier: Apache-2.0
"""Textures: they form, live on hexagons, turn, heal, and are grafted into each other."""

import statistics
import unittest

from browser import MODELS, PHONE, PageTest
from test_digits import drag

PLANE = "#textures .cells canvas"
CELLS = 128


class Textures(PageTest):
    def brightness(self, picture, inside=lambda x, y: True):
        """Of all pixels; inside(x, y) in cells restricts them."""
        width, height, data = picture
        return [sum(data[4 * i:4 * i + 3]) / 3 for i in range(0, width * height, 3)
                if inside(i % width * CELLS / width, i // width * CELLS / height)]

    def contrast(self):
        return statistics.pstdev(self.brightness(self.pixels(PLANE)))

    def blueness(self, inside):
        width, height, data = self.pixels(PLANE)
        cells = [i for i in range(width * height) if inside(i % width * CELLS / width, i // width * CELLS / height)]
        return sum(data[4 * i + 2] - data[4 * i] for i in cells) / len(cells)

    def wait_formed(self):
        """Chequers: dark and bright."""
        self.wait(lambda: self.contrast() > 40, 30, "chequers")

    def test_squares_and_hexagons(self):
        self.open("textures")
        self.assertLess(self.contrast(), 30)
        self.wait_formed()
        self.screenshot("textures-squares")
        squares = self.pixels(PLANE)
        self.choose("Hexagons")
        self.wait(lambda: self.pixels(PLANE)[0] > squares[0], 5, "hexagons of several pixels")
        hexagons = self.pixels(PLANE)
        # The pattern goes on to move and to be one.
        self.wait(lambda: self.difference(hexagons, self.pixels(PLANE)) > 5, 20, "a change")
        self.assertGreater(self.contrast(), 30)
        self.screenshot("textures-hexagons")
        # Hexagons are not squares of pixels: in some rows of pixels, the borders of cells are shifted.
        width, height, data = hexagons
        borders = set()
        for y in range(0, height, 2):
            row = data[4 * y * width:4 * (y + 1) * width]
            changes = tuple(x % (width // CELLS) for x in range(1, 40) if row[4 * x:4 * x + 4] != row[4 * x - 4:4 * x])
            borders.add(changes[:4])
        self.assertGreater(len(borders), 1)
        self.choose("Squares")
        self.wait(lambda: self.pixels(PLANE)[0] == squares[0], 5, "squares")

    def test_grafting_and_erasing_by_brush(self):
        self.open("textures")
        self.wait_formed()
        inside = lambda x, y: 40 < x < 88 and 58 < y < 70
        outside = lambda x, y: 40 < x < 88 and (y < 10 or y > 118)
        before = self.blueness(inside)
        drag(self, PLANE, [(30, 64), (64, 64), (98, 64)], CELLS)
        self.wait(lambda: self.blueness(inside) > before + 25, 30, "blue bubbles along the stroke")
        self.assertLess(self.blueness(outside), before + 10)
        self.screenshot("textures-graft")

        # Erased cells are grey, and become the texture again.
        self.button("Pause").click()
        self.set("The brush paints", "eraser", "#textures")
        drag(self, PLANE, [(64, 20), (66, 20)], CELLS)
        hole = lambda x, y: (x - 65) ** 2 + (y - 20) ** 2 < 81
        self.wait(lambda: statistics.pstdev(self.brightness(self.pixels(PLANE), hole)) < 1, 5, "a hole")
        self.button("Play").click()
        self.wait(lambda: statistics.pstdev(self.brightness(self.pixels(PLANE), hole)) > 20, 30, "the hole to be healed")

    def test_the_plane_follows_another_texture(self):
        self.open("textures")
        self.wait_formed()
        everywhere = lambda x, y: True
        chequers = self.blueness(everywhere)
        for texture, condition in (("bubbles", lambda blue: blue > chequers + 20), ("weave", lambda blue: blue < -20),
                                   ("stripes", lambda blue: self.contrast() > 10)):
            self.driver.execute_script(
                "document.querySelector(`#textures .palette [value='${arguments[0]}']`).click()", texture)
            self.wait(lambda: condition(self.blueness(everywhere)), 30, texture)
            self.assertEqual(self.find("#textures .palette :checked").get_attribute("value"), texture)
            self.screenshot(f"textures-{texture}")
        # Stripes follow another kind of rule: nothing is grafted, and the page says why.
        drag(self, PLANE, [(64, 64), (70, 64)], CELLS)
        self.wait(lambda: "rule" in self.status, 5, "the reason")
        self.assertIn("failure", self.find("#status").get_attribute("class"))

    def test_alignment_and_rotation(self):
        self.open("textures")
        self.wait_formed()
        for name in ("Polar", "Bipolar", "Cartesian"):
            before = self.pixels(PLANE)
            self.choose(name)
            self.wait(lambda: self.difference(before, self.pixels(PLANE)) > 5, 20, f"a change after {name}")
            self.assertGreater(self.contrast(), 30)
            self.screenshot(f"textures-{name.lower()}")
        self.set("Rotation", 45, "#textures")
        before = self.pixels(PLANE)
        self.wait(lambda: self.difference(before, self.pixels(PLANE)) > 5, 20, "a rotated texture")
        self.button("Reset").click()
        self.wait(lambda: self.contrast() < 30, 5, "a new beginning")

    def test_thumbnails_grow(self):
        self.open("textures")
        drawn = """return [...document.querySelectorAll('#textures .palette canvas')].map((canvas) => {
            const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
            return new Set(new Uint32Array(data.buffer)).size; });"""
        self.wait(lambda: all(count > 100 for count in self.driver.execute_script(drawn)), 30, "five pictures")
        self.assertEqual(len(self.driver.execute_script(drawn)), 5)

    def test_a_dropped_texture_fills_the_plane(self):
        self.open("textures")
        self.drop("blue.safetensors", (MODELS / "textures" / "bubbles.safetensors").read_bytes())
        self.wait(lambda: self.find("#textures .palette :checked").get_attribute("value").startswith("added"), 5, "it")
        self.assertEqual(len(self.driver.find_elements("css selector", "#textures .palette label")), 6)
        self.wait(lambda: self.blueness(lambda x, y: True) > 20, 30, "blue bubbles")

    def test_phone(self):
        self.open("textures", size=PHONE, dark=True)
        self.wait_formed()
        self.assertLessEqual(self.driver.execute_script("return document.documentElement.scrollWidth"), PHONE[0])
        self.screenshot("textures-phone", full=True)


if __name__ == "__main__":
    unittest.main()
