# SPDX-License-Identifier: Apache-2.0
"""Train: a drawn disc becomes a creature, and the program makes the same of its model as the tab."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from browser import DESK, PHONE, IsolatedHandler, PageTest

TARGET = "#train .target canvas"
CREATURE = "#train .panel:nth-child(2) .cells canvas"


class TrainingTest(PageTest):
    def figures(self):
        """(iteration, loss) as shown, or None before the first."""
        found = re.match(r"Iteration ([\d,]+) \u00b7 loss (\S+) \u00b7", self.find("#train .figures").text)
        return (int(found.group(1).replace(",", "")), float(found.group(2))) if found else None

    def draw_disc(self):
        """A disc of 10 cells across on a target of 16, and a training small enough for a test."""
        self.button("Clear").click()
        self.wait(lambda: self.coloured(TARGET) == 0, 5, "an empty target")
        self.set("Size of the target", 16)
        self.set("Brush", 10)
        self.click_cell(TARGET, 8, 8, 16)
        self.assertAlmostEqual(self.coloured(TARGET), 78, delta=12)
        self.find("#train summary").click()
        self.set("Empty cells around the target", 3)
        self.set("Samples per iteration", 4)
        self.set("Samples in the pool", 32)
        self.set("Steps of a rollout, from", 24)
        self.set("to below", 33)

    def train(self):
        """Trains a disc; returns the first loss."""
        self.open("train")
        self.draw_disc()
        self.button("Train").click()
        self.wait(self.figures, 20, "the first iteration")
        return float(re.search(r": (\S+) at first", self.find("#train .loss").get_attribute("aria-label")).group(1))


class Training(TrainingTest):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.driver.execute_cdp_cmd("Browser.setDownloadBehavior",
                                    {"behavior": "allow", "downloadPath": str(self.folder)})

    def download(self, extension):
        self.button(extension).click()
        path = self.folder / f"disc{extension}"
        self.wait(path.exists, 10, f"the download {path.name}")
        return path

    def test_trains_downloads_and_agrees_with_the_program(self):
        first = self.train()
        self.wait(lambda: self.figures()[1] < first / 10, 120, "the loss to have fallen to a tenth")

        self.button("Pause").click()
        self.wait(lambda: self.status == "The training waits.", 5, "the training to wait")
        waiting = self.wait(self.figures, 5, "the figures")
        self.assertEqual(waiting, self.figures())
        self.button("Resume").click()
        self.wait(lambda: self.figures()[0] > waiting[0], 10, "the training to go on")
        self.screenshot("train")
        self.button("Stop").click()
        print(f"loss {first} at first, {self.figures()[1]} after {self.figures()[0]} iterations")

        self.set("Name", "disc")
        model = self.download(".safetensors")
        self.assertIn(b"nca.format", model.read_bytes()[:4096])
        self.assertTrue(json.loads(self.download(".json").read_text()))
        self.assertIn("namespace disc", self.download(".hpp").read_text())
        self.set("Steps", 150)
        self.set("Seed of the run", 5)
        command = self.find("#train .command").text
        hash_in_tab = self.find("#train .hash").text
        self.assertEqual(command, "nca run disc.safetensors --deterministic --steps 150 --seed 5")
        self.assertRegex(hash_in_tab, "^[0-9a-f]{16}$")
        self.screenshot("train-downloads", full=True)

        program = os.environ.get("NCA_PROGRAM")
        with self.subTest("the program"):
            if not program:
                self.skipTest("NCA_PROGRAM is not set")
            line = subprocess.run([program, *command.split()[1:]], cwd=self.folder, check=True, capture_output=True, text=True)
            self.assertEqual(json.loads(line.stdout)["hash"], hash_in_tab)

        self.button("Open in Grow").click()
        self.wait(lambda: self.find("#grow").is_displayed() and self.find("#grow .part canvas"), 10, "the part Grow")
        chosen = "const list = document.querySelector('#grow select'); return list.selectedOptions[0].text"
        self.wait(lambda: self.driver.execute_script(chosen) == "disc", 10, "the creature to be chosen")

    def test_emoji_and_picture_become_targets(self):
        self.open("train")
        lizard = self.pixels(TARGET)
        self.button("\U0001f344").click()
        self.wait(lambda: self.difference(lizard, self.pixels(TARGET)) > 5, 5, "a mushroom")
        mushroom = self.pixels(TARGET)
        self.drop("snail.png", (pathlib.Path(__file__).parents[3] / "examples/targets/snail.png").read_bytes(), "image/png")
        self.wait(lambda: self.difference(mushroom, self.pixels(TARGET)) > 5, 5, "the picture")
        self.assertGreater(self.coloured(TARGET), 50)
        self.set("Size of the target", 40)
        self.assertEqual(self.pixels(TARGET)[:2], (40, 40))
        self.screenshot("train-picture")

    def test_says_what_is_missing_or_wrong(self):
        self.open("train")
        self.button("Clear").click()
        self.button("Train").click()
        self.assertIn("nothing to train towards", self.status)
        self.drop("broken.png", b"not a picture", "image/png")
        self.wait(lambda: "broken.png: This is not a picture" in self.status, 5, "a sentence")
        self.button("\U0001f40c").click()
        self.find("#train summary").click()
        self.set("Samples per iteration", 1000)
        self.button("Train").click()
        self.assertTrue(self.status.startswith("Samples per iteration: "), self.status)

    def test_screenshots(self):
        for size, dark, name in ((DESK, True, "desk-dark"), (PHONE, False, "phone-light")):
            self.open("train", size=size, dark=dark)
            self.assertLessEqual(self.driver.execute_script("return document.documentElement.scrollWidth"), size[0])
            self.screenshot(f"train-{name}", full=True)


class Threads(TrainingTest):
    handler = IsolatedHandler

    def test_trains_with_threads_where_memory_can_be_shared(self):
        first = self.train()
        threads = self.driver.execute_script("return navigator.hardwareConcurrency")
        if threads > 1:
            self.assertIn(f"with {threads} threads", self.status)
        self.wait(lambda: self.figures()[1] < first / 2, 60, "the loss to have fallen by half")


if __name__ == "__main__":
    unittest.main()
