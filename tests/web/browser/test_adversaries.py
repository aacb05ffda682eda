# SPDX-License-Identifier: Apache-2.0
"""Attacks: adversaries turn a digit into an 8, matrices and adversaries change a lizard."""

import time
import unittest

from selenium.webdriver.common.keys import Keys

from browser import MODELS, PHONE, PageTest
from test_digits import drag, verdict, wait_for_digit

DIGITS = "#hijack .attacks section:nth-child(1)"
LIZARD = "#hijack .attacks section:nth-child(2)"


class Adversaries(PageTest):
    def lizard(self):
        """(pixels of the lizard, its mean red, green, blue)."""
        _, _, data = self.pixels(f"{LIZARD} canvas")
        cells = [data[i:i + 3] for i in range(0, len(data), 4) if min(data[i:i + 3]) < 200]
        return len(cells), [sum(cell[c] for cell in cells) / max(len(cells), 1) for c in range(3)]

    def red_cells(self, section):
        """Cells that are tinted as adversaries."""
        _, _, data = self.pixels(f"{section} canvas")
        return sum(1 for i in range(0, len(data), 4) if data[i] > 180 and max(data[i + 1:i + 3]) < 90)

    def wait_grown(self):
        def steady():
            before = self.lizard()[0]
            time.sleep(0.5)
            return before > 500 and abs(self.lizard()[0] - before) < 0.02 * before
        self.wait(steady, 20, "a grown lizard")

    def test_adversaries_turn_a_digit_into_an_eight(self):
        self.open("hijack")
        wait_for_digit(self, DIGITS, 3)
        self.find(f"{DIGITS} [aria-label='Example: 7']").click()
        wait_for_digit(self, DIGITS, 7)
        self.assertEqual(self.red_cells(DIGITS), 0)
        self.button("Hijack: scatter 10%").click()
        self.assertEqual(self.control("Adversaries among the cells", DIGITS).get_attribute("value"), "10")
        wait_for_digit(self, DIGITS, 8, agreement=75)
        self.screenshot("hijack-digits", full=True)
        # Another digit is hijacked as well.
        self.find(f"{DIGITS} [aria-label='Example: 0']").click()
        wait_for_digit(self, DIGITS, 8, agreement=75)
        # Without adversaries the truth returns.
        self.button("Remove all").click()
        wait_for_digit(self, DIGITS, 0)

    def test_adversaries_are_painted(self):
        self.open("hijack")
        wait_for_digit(self, DIGITS, 3)
        self.button("Pause", DIGITS).click()
        before = self.pixels(f"{DIGITS} canvas")
        drag(self, f"{DIGITS} canvas", [(27, 28), (29, 28), (31, 29)], 56)
        self.wait(lambda: self.difference(before, self.pixels(f"{DIGITS} canvas")) > 0, 5, "tinted cells")
        self.assertGreater(self.red_cells(DIGITS), 2)
        self.button("Remove all").click()
        self.wait(lambda: self.difference(before, self.pixels(f"{DIGITS} canvas")) == 0, 5, "no tint")

    def test_matrices_change_the_colour_of_the_lizard(self):
        self.open("hijack")
        self.wait_grown()
        _, (red, green, blue) = self.lizard()
        self.assertGreater(green, red)
        # By the keyboard: the end of the slider is 1, live.
        slider = self.control("Red", LIZARD)
        slider.send_keys(Keys.END)
        self.assertEqual(slider.get_attribute("aria-valuetext"), "1.00")

        def redder():
            count, (now_red, now_green, _) = self.lizard()
            return count > 300 and now_red - now_green > red - green + 40
        self.wait(redder, 20, "a red lizard")
        self.screenshot("hijack-red", full=True)
        slider.send_keys(Keys.HOME)
        self.button("All matrices to 0", LIZARD).click()
        self.assertEqual(slider.get_attribute("value"), "0")
        self.wait(lambda: self.lizard()[1][1] - self.lizard()[1][0] > 0.7 * (green - red), 20, "a green lizard again")
        self.set("Blue", 1, LIZARD)
        self.wait(lambda: self.lizard()[1][2] > blue + 30, 20, "a blue lizard")

    def test_the_lizard_loses_its_tail(self):
        self.open("hijack")
        self.wait_grown()
        whole = self.lizard()[0]
        self.set("No tail", 1, LIZARD)
        self.wait(lambda: self.lizard()[0] < 0.9 * whole, 20, "a lizard without tail")
        self.screenshot("hijack-no-tail", full=True)
        self.set("No tail", 0, LIZARD)
        self.wait(lambda: self.lizard()[0] > 0.95 * whole, 20, "the tail to be back")
        self.set("Adversaries among the cells", 30, LIZARD)
        self.wait(lambda: self.red_cells(LIZARD) > 20, 5, "adversaries")
        self.button("Remove adversaries", LIZARD).click()
        self.wait(lambda: self.red_cells(LIZARD) < 5, 5, "no adversaries")

    def test_a_dropped_matrix_has_a_slider(self):
        self.open("grow")
        self.drop("crimson.safetensors", (MODELS / "adversarial" / "red_matrix.safetensors").read_bytes())
        self.wait(lambda: self.find(f"{LIZARD} canvas"), 10, "the part")
        self.wait(lambda: "crimson" in self.find(LIZARD).text, 5, "a slider")
        labels = [node.text for node in self.driver.find_elements("css selector", f"{LIZARD} label[for]")]
        self.assertEqual(labels.count("crimson"), 1)
        self.wait_grown()
        _, (red, green, _) = self.lizard()
        self.set("crimson", 1, LIZARD)
        self.wait(lambda: self.lizard()[1][0] - self.lizard()[1][1] > red - green + 40, 20, "a red lizard")

    def test_phone(self):
        self.open("hijack", size=PHONE, dark=True)
        self.wait_grown()
        self.button("Hijack: scatter 10%").click()
        wait_for_digit(self, DIGITS, 8, agreement=60)
        self.assertRegex(verdict(self, DIGITS), "8")
        self.assertLessEqual(self.driver.execute_script("return document.documentElement.scrollWidth"), PHONE[0])
        self.screenshot("hijack-phone", full=True)


if __name__ == "__main__":
    unittest.main()
