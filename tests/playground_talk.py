"""A page without a browser: the socket, and frames as the page reads them."""

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
from websockets.sync.client import connect


class Heard(dict):
    """A frame: its head, and its arrays under their names."""


def unpack(raw):
    length = struct.unpack_from("<I", raw)[0]
    head, place = Heard(json.loads(raw[4 : 4 + length])), 4 + length
    head.arrays = {}
    for name, kind, shape in head["arrays"]:
        array = np.frombuffer(raw, {"f4": "<f4", "u1": np.uint8}[kind], int(np.prod(shape)), place).reshape(shape)
        head.arrays[name] = array
        place += -(-array.nbytes // 4) * 4
    return head


class Talk:
    def __init__(self, port, origin=None, **settings):
        self.line = connect(f"ws://127.0.0.1:{port}/session", origin=origin or f"http://127.0.0.1:{port}", max_size=2**26, **settings)
        self.socket = self.line.__enter__()

    def say(self, do, **more):
        self.socket.send(json.dumps({"do": do, **more}))

    def file(self, name, data):
        head = json.dumps({"do": "upload", "name": name}).encode()
        self.socket.send(struct.pack("<I", len(head)) + head + data)

    def hear(self, *kinds, seconds=60):
        """The next frame of one of some kinds."""
        while True:
            frame = unpack(self.socket.recv(timeout=seconds))
            if frame["kind"] in kinds or not kinds:
                return frame

    def open(self, room, **state):
        """Open a room, and return its (room, scene, frame)."""
        self.say("open", room=room, state=state)
        return self.hear("room", "error"), self.hear("scene", "error"), self.hear("frame", "error")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.line.__exit__(None, None, None)


def run(source, folder):
    """A program in a fresh interpreter, in an empty folder."""
    (folder / "program.py").write_text(source)
    paths = os.pathsep.join([str(Path(__file__).parents[1] / "src"), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "program.py"], cwd=folder, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def same_weights(one, other):
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
