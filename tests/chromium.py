"""Chromium without a window, driven over its own protocol: nothing to install but the browser."""

import base64
import itertools
import json
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.request import Request, urlopen

from websockets.sync.client import connect

PLACES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def found():
    """The browser on this machine, or None."""
    return next((path for name in PLACES if (path := shutil.which(name))), None)


class Browser:
    """One browser; `page(address)` opens a tab."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", "--hide-scrollbars", "--mute-audio",
                   "--disable-background-networking", "--no-first-run", f"--user-data-dir={self.folder.name}", "about:blank"]  # fmt: skip
        self.process = subprocess.Popen([str(found()), *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        told = Path(self.folder.name) / "DevToolsActivePort"
        until = time.monotonic() + 30
        while not (told.exists() and told.read_text().count("\n")) and time.monotonic() < until:
            time.sleep(0.05)
        self.port = told.read_text().split("\n")[0]

    def page(self, address, width=1280, height=900, dark=False):
        with urlopen(Request(f"http://127.0.0.1:{self.port}/json/new?about:blank", method="PUT"), timeout=10) as reply:
            made = Page(json.load(reply)["webSocketDebuggerUrl"])
        made.size(width, height, dark)
        made.tell("Page.bringToFront")
        made.tell("Page.navigate", url=address)
        return made

    def close(self):
        self.process.terminate()
        self.process.wait(10)
        self.folder.cleanup()


class Page:
    """A tab: run JavaScript in it, wait for what it says, take its picture."""

    def __init__(self, address):
        self.line, self.numbers = connect(address, max_size=2**26, open_timeout=10), itertools.count(1)
        self.socket = self.line.__enter__()
        self.said, self.requests = [], []
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.tell(f"{domain}.enable")

    def tell(self, method, **params):
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            heard = json.loads(self.socket.recv(timeout=30))
            if heard.get("id") == number:
                return heard.get("result", {"error": heard.get("error")})
            self._note(heard)

    def _note(self, heard):
        match heard.get("method"):
            case "Runtime.exceptionThrown":
                self.said.append(json.dumps(heard["params"]["exceptionDetails"])[:600])
            case "Log.entryAdded" if heard["params"]["entry"]["level"] == "error":
                self.said.append(heard["params"]["entry"]["text"])
            case "Network.requestWillBeSent":
                self.requests.append(heard["params"]["request"]["url"])

    def size(self, width, height, dark=False):
        self.tell("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.tell("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def run(self, code):
        """The value of an expression on the page; a promise is waited for."""
        result = self.tell("Runtime.evaluate", expression=code, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise AssertionError(json.dumps(result["exceptionDetails"])[:800])
        return result["result"].get("value")

    def until(self, code, seconds=30):
        """Wait until an expression is true, and return its value."""
        end = time.monotonic() + seconds
        while not (value := self.run(f"document.readyState === 'complete' && ({code})")):
            if time.monotonic() > end:
                notice = self.run("document.getElementById('notice')?.textContent")
                raise AssertionError(f"not within {seconds} s: {code}; the page says {notice!r} {self.said}")
            time.sleep(0.05)
        return value

    def click(self, selector):
        self.run(f"document.querySelector({json.dumps(selector)}).dispatchEvent(new MouseEvent('click', {{bubbles: true}}))")

    def picture(self, path):
        Path(path).write_bytes(base64.b64decode(self.tell("Page.captureScreenshot", format="png")["data"]))

    def close(self):
        self.tell("Page.close")
        self.line.__exit__(None, None, None)
