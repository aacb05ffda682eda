# SPDX-License-Identifier: Apache-2.0
"""Drives the page in headless Chromium: what the tests of all parts share.

    /usr/bin/python3 -m unittest discover -s tests/web/browser [-k growing]

Environment: NCA_SITE, the built site (default build/site); NCA_PROGRAM, the native nca, without which the comparisons
with it are skipped. Screenshots go to build/site-tests.
"""

import base64
import functools
import http.server
import os
import pathlib
import shutil
import threading
import time
import unittest

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

ROOT = pathlib.Path(__file__).resolve().parents[3]
SITE = pathlib.Path(os.environ.get("NCA_SITE", ROOT / "build" / "site")).resolve()
RESULTS = ROOT / "build" / "site-tests"
MODELS = ROOT / "examples" / "models"

DESK = (1280, 900)
PHONE = (390, 844)


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class IsolatedHandler(Handler):
    """A server that lets its pages share memory between threads."""

    def end_headers(self):
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()


class PlainHandler(Handler):
    """A server that knows nothing of WebAssembly."""

    def guess_type(self, path):
        return "application/octet-stream" if path.endswith(".wasm") else super().guess_type(path)


def serve(handler):
    """Serves the site on a free port; returns the server, to be shut down."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=SITE))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def close(server):
    server.shutdown()
    server.server_close()


class PageTest(unittest.TestCase):
    """A browser per class, a fresh page per open(). A message of level error in the console fails the test."""

    handler = Handler
    arguments = ()      # of Chromium, besides those of all tests

    @classmethod
    def setUpClass(cls):
        if not (SITE / "nca.wasm").exists():
            raise unittest.SkipTest(f"{SITE} is not built: examples/web/build.sh")
        RESULTS.mkdir(parents=True, exist_ok=True)
        cls.server = serve(cls.handler)
        cls.addClassCleanup(close, cls.server)
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--lang=en", *cls.arguments):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        cls.driver = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
        cls.addClassCleanup(cls.driver.quit)
        cls.driver.set_script_timeout(30)

    def tearDown(self):
        errors = [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]
        self.assertEqual(errors, [])

    def open(self, part="grow", size=DESK, dark=False, reduced_motion=False):
        """Loads the page anew and waits until the part has been made."""
        width, height = size
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                    {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == PHONE})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce" if reduced_motion else "no-preference"}]})
        self.driver.get("about:blank")
        self.driver.get(f"http://127.0.0.1:{self.server.server_port}/#{part}")
        self.wait(lambda: self.find(f"#{part} .part canvas"), 10, f"the part {part} to be shown")

    # Elements.

    def find(self, selector):
        found = self.driver.find_elements(By.CSS_SELECTOR, selector)
        return found[0] if found else None

    def button(self, text, within="main"):
        """The visible button with this text."""
        for node in self.driver.find_elements(By.CSS_SELECTOR, f"{within} button"):
            if node.text == text and node.is_displayed():
                return node
        raise AssertionError(f"no button {text!r} in {within}")

    def control(self, label, within="main"):
        """The visible input with this label, or else with one that begins so."""
        labels = [node for node in self.driver.find_elements(By.CSS_SELECTOR, f"{within} label[for]")
                  if node.text.startswith(label) and node.is_displayed()]
        if not labels:
            raise AssertionError(f"no control {label!r} in {within}")
        node = min(labels, key=lambda one: len(one.text))
        return self.driver.find_element(By.ID, node.get_attribute("for"))

    def set(self, label, value, within="main"):
        """Sets a slider, a number or a choice as a user does: with its events."""
        self.driver.execute_script(
            "const [node, value] = arguments; node.value = value;"
            "for (const type of ['input', 'change']) node.dispatchEvent(new Event(type, { bubbles: true }));",
            self.control(label, within), value)

    def choose(self, text, within="main"):
        """Chooses one of the alternatives that look like a bar."""
        for node in self.driver.find_elements(By.CSS_SELECTOR, f"{within} .segments label"):
            if node.text == text:
                node.click()
                return
        raise AssertionError(f"no alternative {text!r} in {within}")

    @property
    def status(self):
        return self.driver.execute_script("return document.getElementById('status').textContent")

    # Time.

    def wait(self, condition, seconds, what):
        """Waits until condition() is true, and returns its value."""
        end = time.monotonic() + seconds
        while True:
            value = condition()
            if value:
                return value
            if time.monotonic() > end:
                self.screenshot(f"failed-{self.id().rsplit('.', 1)[1]}")
                self.fail(f"waited {seconds} s for {what}; the status line says {self.status!r}")
            time.sleep(0.05)

    # Pixels.

    def pixels(self, selector):
        """(width, height, RGBA bytes) of a canvas, without the scaling of the page."""
        width, height, data = self.driver.execute_script("""
            const canvas = document.querySelector(arguments[0]);
            const { width, height } = canvas;
            const bytes = canvas.getContext('2d').getImageData(0, 0, width, height).data;
            let text = '';
            for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
            return [width, height, btoa(text)];""", selector)
        return width, height, base64.b64decode(data)

    def coloured(self, selector, inside=None):
        """How many pixels are clearly not white; inside(x, y) restricts which are counted."""
        width, height, data = self.pixels(selector)
        return sum(1 for i in range(width * height)
                   if min(data[4 * i:4 * i + 3]) < 200 and (inside is None or inside(i % width, i // width)))

    def difference(self, one, other):
        """The mean absolute difference of two results of pixels()."""
        self.assertEqual(one[:2], other[:2])
        return sum(abs(a - b) for a, b in zip(one[2], other[2])) / len(one[2])

    def screenshot(self, name, full=False):
        """Writes build/site-tests/NAME.png; full: the whole page, however tall."""
        if full:
            height = self.driver.execute_script("return document.documentElement.scrollHeight")
            width = self.driver.execute_script("return innerWidth")
            self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
                "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width == PHONE[0]})
            time.sleep(0.3)
        picture = self.driver.execute_cdp_cmd("Page.captureScreenshot", {})
        (RESULTS / f"{name}.png").write_bytes(base64.b64decode(picture["data"]))

    # Mouse, finger and files.

    def click_cell(self, selector, x, y, cells):
        """Clicks on the middle of a cell of a canvas that shows cells x cells."""
        canvas = self.find(selector)
        self.driver.execute_script("arguments[0].scrollIntoView({ block: 'center' })", canvas)
        box = canvas.rect
        ActionChains(self.driver).move_to_element_with_offset(
            canvas, round(((x + 0.5) / cells - 0.5) * box["width"]), round(((y + 0.5) / cells - 0.5) * box["height"])
        ).click().perform()

    def drop(self, name, content, kind=""):
        """Drops a file on the page."""
        self.driver.execute_script("""
            const [name, content, type] = arguments;
            const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([bytes], name, { type }));
            for (const event of ['dragenter', 'dragover', 'drop']) {
                document.querySelector('main').dispatchEvent(
                    new DragEvent(event, { dataTransfer, bubbles: true, cancelable: true }));
            }""", name, base64.b64encode(content).decode(), kind)
