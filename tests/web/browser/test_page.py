# SPDX-License-Identifier: Apache-2.0
"""The page as a whole: files that are dropped, themes, contrast, the weight, plain servers."""

import itertools
import unittest

from browser import DESK, MODELS, PHONE, SITE, PageTest, PlainHandler


def luminance(colour):
    channels = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


class WholePage(PageTest):
    def test_weighs_at_most_three_megabytes(self):
        # The page and what it can load; the documentation beside it is not part of it.
        files = [path for path in SITE.rglob("*") if path.is_file() and path.relative_to(SITE).parts[0] != "docs"]
        total = sum(path.stat().st_size for path in files)
        print(f"the page: {total / 1e6:.2f} MB in {len(files)} files")
        self.assertLess(total, 3e6)

    def test_models_are_dropped_anywhere(self):
        self.open("train")
        self.drop("mine.safetensors", (MODELS / "growing" / "mushroom.safetensors").read_bytes())
        self.wait(lambda: "mine.safetensors was opened" in self.status, 10, "the model to be opened")
        self.assertTrue(self.find("#grow").is_displayed())
        chosen = "const list = document.querySelector('#grow select'); return list.selectedOptions[0].text"
        self.assertEqual(self.driver.execute_script(chosen), "mine")
        canvas = "#grow .bench canvas"
        self.wait(lambda: self.coloured(canvas) > 400, 10, "the mushroom to grow")

    def test_models_are_opened_by_the_file_input(self):
        self.open("grow")
        self.find("#open-file").send_keys(str(MODELS / "growing" / "snail.safetensors"))
        self.wait(lambda: "snail.safetensors was opened" in self.status, 10, "the model to be opened")

    def test_wrong_files_give_one_sentence(self):
        self.open("grow")
        lizard = (MODELS / "growing" / "lizard.safetensors").read_bytes()
        for name, content in (("notes.txt", b"hello"), ("empty.safetensors", b""), ("half.safetensors", lizard[:20000]),
                              ("other.json", b'{"a": [1, 2]}')):
            self.drop(name, content)
            sentence = self.wait(lambda: self.status.startswith(name) and self.status, 5, f"a sentence about {name}")
            print(sentence)
            self.assertNotIn("opened", sentence)
            self.assertNotIn("\n", sentence)
        self.assertIn("failure", self.find("#status").get_attribute("class"))
        self.screenshot("wrong-file")
        # And the page goes on.
        self.wait(lambda: self.coloured("#grow .bench canvas") > 400, 10, "the lizard to grow")

    def test_theme_is_kept(self):
        self.open("grow", dark=True)
        ground = "return getComputedStyle(document.documentElement).backgroundColor"
        dark = self.driver.execute_script(ground)
        self.assertEqual(self.find("#theme").get_attribute("aria-pressed"), "true")
        self.find("#theme").click()
        light = self.driver.execute_script(ground)
        self.assertNotEqual(dark, light)
        self.open("grow", dark=True)
        self.assertEqual(self.driver.execute_script(ground), light)
        self.driver.execute_script("localStorage.clear()")

    def test_contrast(self):
        pairs = [*itertools.product(("text", "quiet", "accent", "failure"), ("ground", "surface")),
                 ("on-accent", "accent"), ("accent", "wash")]
        for dark in (False, True):
            self.open("grow", dark=dark)
            for text, ground in pairs:
                colours = self.driver.execute_script(
                    "const styles = getComputedStyle(document.documentElement);"
                    "return [...arguments].map((name) => styles.getPropertyValue('--' + name).trim())", text, ground)
                self.assertGreaterEqual(contrast(*colours), 4.5, f"{text} on {ground}, dark: {dark}")

    def test_addresses_lead_to_parts(self):
        self.open("grow")
        self.find("nav a[href='#train']").click()
        self.wait(lambda: self.find("#train .part canvas"), 10, "the part Train")
        self.assertFalse(self.find("#grow").is_displayed())
        self.assertEqual(self.find("nav a[aria-current]").text, "Train")
        self.driver.back()
        self.wait(lambda: self.find("#grow").is_displayed(), 5, "the part Grow again")

    def test_every_control_has_a_name(self):
        self.open("grow")
        self.find("nav a[href='#train']").click()
        self.wait(lambda: self.find("#train .part canvas"), 10, "the part Train")
        nameless = self.driver.execute_script("""
            return [...document.querySelectorAll('button, input, select, canvas')].filter((node) =>
                !node.getAttribute('aria-label') && !node.labels?.length && !node.textContent.trim()).map((node) => node.outerHTML)""")
        self.assertEqual(nameless, [])

    def test_screenshots(self):
        for (size, device), dark in itertools.product(((DESK, "desk"), (PHONE, "phone")), (False, True)):
            self.open("grow", size=size, dark=dark)
            self.wait(lambda: int(self.find("#grow .figures").text.split()[1]) >= 150, 20, "the lizard to grow")
            self.screenshot(f"grow-{device}-{'dark' if dark else 'light'}")


class PlainServer(PageTest):
    handler = PlainHandler

    def test_starts_where_webassembly_has_no_type(self):
        self.open("grow")
        self.wait(lambda: self.coloured("#grow .bench canvas") > 400, 10, "the lizard to grow")


if __name__ == "__main__":
    unittest.main()
