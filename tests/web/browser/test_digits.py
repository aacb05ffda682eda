# SPDX-License-Identifier: Apache-2.0
"""Digits: strokes of the pointer become cells, and the cells say which digit they are part of."""

import collections
import re
import unittest

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from browser import PHONE, PageTest

SHEET = "#digits .cells canvas"
CELLS = 56
# Colours of votes, as in the article.
COLOURS = {0: (128, 0, 0), 1: (230, 25, 75), 7: (165, 163, 159), 8: (0, 128, 128)}
STROKES = {
    "0": [[(29, 18), (23, 22), (22, 29), (25, 36), (29, 38), (33, 34), (34, 27), (32, 20), (29, 18)]],
    "1": [[(29, 18), (28, 28), (27, 38)]],
    "7": [[(22, 19), (34, 19), (30, 28), (27, 38)]],
}


def votes(test, part):
    """{digit: percent} of the bars."""
    rows = test.driver.find_elements("css selector", f"{part} .verdict-bars li")
    test.assertEqual(len(rows), 10)
    found = {}
    for digit, row in enumerate(rows):
        parts = re.fullmatch(r"(\d)(?:\s+(\d+) \u00b7 (\d+)%)?", row.text.replace("\n", " "))
        test.assertIsNotNone(parts, row.text)
        test.assertEqual(int(parts[1]), digit)
        if parts[2]:
            found[digit] = int(parts[3])
    return found


def verdict(test, part):
    return test.find(f"{part} .verdict-words").text


def wait_for_digit(test, part, digit, agreement=90, seconds=30):
    """Waits until the sentence and the bars both say the digit."""
    test.wait(lambda: votes(test, part).get(digit, 0) >= agreement, seconds, f"the cells to say {digit}")
    test.wait(lambda: re.match(rf"The cells (say|argue:) {digit}\b", verdict(test, part)), 5, f"the words to say {digit}")


def move_to_cell(actions, canvas, x, y, cells):
    box = canvas.rect
    return actions.move_to_element_with_offset(
        canvas, round(((x + 0.5) / cells - 0.5) * box["width"]), round(((y + 0.5) / cells - 0.5) * box["height"]))


def drag(test, selector, points, cells):
    """A stroke of the mouse through the middles of cells."""
    canvas = test.find(selector)
    test.driver.execute_script("arguments[0].scrollIntoView({ block: 'center' })", canvas)
    actions = ActionChains(test.driver, duration=20)
    move_to_cell(actions, canvas, *points[0], cells).click_and_hold()
    for point in points[1:]:
        move_to_cell(actions, canvas, *point, cells)
    actions.release().perform()


class Digits(PageTest):
    def draw(self, digit):
        self.button("Clear").click()
        self.wait(lambda: self.coloured(SHEET) == 0, 5, "an empty sheet")
        self.wait(lambda: verdict(self, "#digits") == "Draw a digit.", 5, "the request for a digit")
        for stroke in STROKES[digit]:
            drag(self, SHEET, stroke, CELLS)

    def test_drawn_digits_are_recognised(self):
        self.open("digits")
        for digit in STROKES:
            with self.subTest(digit=digit):
                self.draw(digit)
                wait_for_digit(self, "#digits", int(digit))
                # The picture says the same: its most frequent colour is that of the digit.
                _, _, data = self.pixels(SHEET)
                colours = collections.Counter(tuple(data[i:i + 3]) for i in range(0, len(data), 4))
                del colours[(255, 255, 255)]
                colour, count = colours.most_common(1)[0]
                self.assertGreater(count, 25)
                for seen, expected in zip(colour, COLOURS[int(digit)]):
                    self.assertAlmostEqual(seen, expected, delta=2)
                self.screenshot(f"digits-{digit}")

    def test_every_example_is_what_it_says(self):
        self.open("digits")
        for digit in range(10):
            with self.subTest(digit=digit):
                self.find(f"#digits [aria-label='Example: {digit}']").click()
                wait_for_digit(self, "#digits", digit)

    def test_cells_argue_about_a_digit_in_between(self):
        self.open("digits")
        self.button("Clear").click()
        self.find("#digits [aria-label='Example: 8 or 9']").click()
        self.set("Speed", 3, "#digits")
        both = lambda: min(votes(self, "#digits").get(digit, 0) for digit in (8, 9)) >= 15
        self.wait(both, 20, "an 8 and a 9")
        self.assertRegex(verdict(self, "#digits"), r"The cells argue: \d \(\d+%\).* or \d \(\d+%\)\.")
        self.screenshot("digits-argue")

    def test_one_becomes_seven_and_is_cut(self):
        self.open("digits")
        self.draw("1")
        wait_for_digit(self, "#digits", 1)
        drag(self, SHEET, [(21, 18), (28, 18)], CELLS)
        wait_for_digit(self, "#digits", 7)
        inked = self.coloured(SHEET)
        self.choose("Erase")
        drag(self, SHEET, [(18, 18), (26, 18)], CELLS)
        self.wait(lambda: self.coloured(SHEET) < inked - 10, 5, "less ink")
        wait_for_digit(self, "#digits", 1)
        inked = self.coloured(SHEET)
        self.button("Cut a piece off").click()
        self.wait(lambda: self.coloured(SHEET) < inked, 5, "a piece to be missing")

    def test_keyboard(self):
        self.open("digits")
        self.button("Clear").click()
        self.driver.execute_script("document.querySelector(arguments[0]).focus()", SHEET)
        actions = ActionChains(self.driver)
        for _ in range(10):
            actions.send_keys(Keys.ARROW_UP)
        actions.key_down(" ")
        for _ in range(20):
            actions.send_keys(Keys.ARROW_DOWN)
        actions.key_up(" ").perform()
        wait_for_digit(self, "#digits", 1)

    def test_models_noise_and_reset(self):
        self.open("digits")
        self.find("#digits [aria-label='Example: 3']").click()
        wait_for_digit(self, "#digits", 3)
        self.find("#digits summary").click()
        self.set("Model", "ce", "#digits")
        wait_for_digit(self, "#digits", 3, agreement=60)
        self.set("Model", "l2_noise", "#digits")
        self.button("Pause").click()
        self.button("Reset").click()
        self.wait(lambda: verdict(self, "#digits") == "The cells are undecided.", 5, "cells that have forgotten")
        # Where no cell fires, nothing changes.
        self.set("Cells that update in a step", 0.05, "#digits")
        before = self.pixels(SHEET)
        self.button("Step").click()
        self.button("Step").click()
        sparse = self.difference(before, self.pixels(SHEET))
        self.set("Cells that update in a step", 1, "#digits")
        self.button("Reset").click()
        self.button("Step").click()
        self.button("Step").click()
        self.assertLess(sparse, self.difference(before, self.pixels(SHEET)))

    def test_phone(self):
        self.open("digits", size=PHONE, dark=True)
        self.find("#digits [aria-label='Example: 6']").click()
        wait_for_digit(self, "#digits", 6)
        self.assertLessEqual(self.driver.execute_script("return document.documentElement.scrollWidth"), PHONE[0])
        self.screenshot("digits-phone", full=True)


if __name__ == "__main__":
    unittest.main()
