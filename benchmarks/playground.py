"""The playground: steps and frames a second on one page, a large network, and twenty pages at once on one server.

The server is a process of its own, started by its command; pages are sockets that tell at once that they have drawn, and one is a
real browser (Chromium, where there is one). The wanted figures are those of the first design: 20,000 steps and 30 frames a second.
"""

import json
import re
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.contender import CACHED, Contenders, quick, tell
from benchmarks.table import Column, Everyone, Target, under

SECONDS = 2.0 if quick() else 6.0
SMALL = {"layers": [8, 8], "batch": 32, "rows": 500}
LARGE = {"layers": [100] * 20, "batch": 32, "rows": 500, "rate": 0.001}

TITLE = "The playground"
ROUNDS = 3
MAIN = "frames_s"
REFERENCE = "neuralzoo"
COLUMNS = (
    Column("steps_s", "steps a second, 2-8-8-1", 0),
    Column("frames_s", "frames a second", 1),
    Column("least_s", "the slowest page's", 1),
    Column("server_mb", "MB of the server", 0),
    Column("paint_s", "s from the answer to the first paint", 2),
    Column("step_us", "µs a step", 1),
    Column("frame_ms", "ms a frame", 1),
)
NOTES = (
    "Frames are sent when the page has drawn the ones before, some 30 to 40 a second. First paint: of contents, from the first byte of the "
    "answer on, in a browser that has not seen the page before."
)

contenders = Contenders()


def targets() -> list[Target | Everyone]:
    steps = "at least 20,000 steps a second on the 2-8-8-1 network, in microseconds a step"
    return [
        under("step_us", "neuralzoo", 50, steps),
        under("frame_ms", "neuralzoo", 1000 / 30, "at least 30 frames a second, in ms a frame"),
        under("frame_ms", "chromium", 1000 / 30, "the same in Chromium"),
        under("paint_s", "chromium", 1, "first paint under 1 s after the server's answer"),
        Everyone("frames_s", 5, "all stay usable: 5 frames a second or more"),
    ]


@contextmanager
def server() -> Iterator[tuple[int, int]]:
    """The command's process, as (port, process number)."""
    command = [sys.executable, "-m", "neuralzoo", "playground", "--no-browser", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    found = re.search(r":(\d+)/", process.stdout.readline())
    assert found
    try:
        yield int(found[1]), process.pid
    finally:
        process.terminate()
        process.wait()


class Page:
    """A page without a browser."""

    def __init__(self, port: int, pace: str, **state: Any):
        from websockets.sync.client import connect

        self.line = connect(f"ws://127.0.0.1:{port}/session", origin=f"http://127.0.0.1:{port}", max_size=2**26)  # pyright: ignore[reportArgumentType]
        self.socket = self.line.__enter__()
        self.frames, self.step = 0, 0
        self.say("open", room="network", state=state)
        self.say("pace", value=pace)
        self.look(1)

    def say(self, do: str, **more: Any) -> None:
        self.socket.send(json.dumps({"do": do, **more}))

    def look(self, frames: int = 0, until: float = float("inf")) -> None:
        """Draw so many frames, or until a moment."""
        wanted = self.frames + frames if frames else float("inf")
        while self.frames < wanted and time.perf_counter() < until:
            try:
                raw = self.socket.recv(timeout=max(0.001, min(until - time.perf_counter(), 120)))
            except TimeoutError:
                return
            assert isinstance(raw, bytes)
            head = json.loads(raw[4 : 4 + struct.unpack_from("<I", raw)[0]])
            if head["kind"] == "frame":
                self.frames, self.step = self.frames + 1, head["step"]
                self.say("drawn")

    def close(self) -> None:
        self.line.__exit__(None, None, None)


def race(pages: list[Page], process: int) -> None:
    """Let pages play for a while after a start that does not count; tell the sum of steps, the mean and the least of frames."""
    import threading

    for page in pages:
        page.say("play")
        page.look(4)
    began, before = time.perf_counter(), [(page.frames, page.step) for page in pages]
    threads = [threading.Thread(target=page.look, kwargs={"until": began + SECONDS}) for page in pages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    passed = time.perf_counter() - began
    frames = [(page.frames - first) / passed for page, (first, _) in zip(pages, before, strict=True)]
    report(sum(page.step - step for page, (_, step) in zip(pages, before, strict=True)) / passed, frames, process)


def report(steps: float, frames: list[float], process: int) -> None:
    """Steps a second of all pages, frames a second of each."""
    mean = sum(frames) / len(frames)
    tell(steps_s=steps, step_us=1e6 / steps, frames_s=mean, frame_ms=1000 / mean, least_s=min(frames), server_mb=resident(process))


def resident(process: int) -> float:
    """Memory of a process in MB, 0 where the system does not tell."""
    status = Path(f"/proc/{process}/status")
    found = re.search(r"VmRSS:\s+(\d+)", status.read_text()) if status.exists() else None
    return int(found[1]) / 1024 if found else 0.0


def seen(many: int, pace: str, state: dict[str, Any]) -> None:
    with server() as (port, process):
        pages = [Page(port, pace, **state, seed=i) for i in range(many)]
        race(pages, process)
        for page in pages:
            page.close()


@contenders.add("one page, 2-8-8-1, at the fastest pace", "websockets", **CACHED)
def neuralzoo() -> None:
    seen(1, "fast", SMALL)


@contenders.add("one page, 20 layers of 100 units", "websockets", **CACHED)
def large() -> None:
    seen(1, "fast", LARGE)


@contenders.add("twenty pages, 2-8-8-1, at the usual pace", "websockets", **CACHED)
def twenty() -> None:
    seen(20, "steady", SMALL)


@contenders.add("in Chromium, 2-8-8-1, at the fastest pace", "websockets", **CACHED)
def chromium() -> None:
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from chromium import Browser  # pyright: ignore[reportMissingImports]

    with server() as (port, process):
        browser = Browser()
        page = browser.page(f"http://127.0.0.1:{port}/#room=network&layers=8-8&batch=32&pace=fast")
        page.until("document.body.dataset.frames > 0", 120)
        page.click("#play")
        page.until("document.body.dataset.frames > 10", 60)
        now = "JSON.stringify([Number(document.body.dataset.frames), Number(document.body.dataset.step), performance.now()])"
        first = json.loads(page.run(now))
        time.sleep(SECONDS)
        frames, steps, passed = (b - a for a, b in zip(first, json.loads(page.run(now)), strict=True))
        report(steps / passed * 1000, [frames / passed * 1000], process)
        painted = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
        tell(paint_s=float(page.run(f"({painted} - performance.getEntriesByType('navigation')[0].responseStart) / 1000")))
        browser.close()
