"""What sessions ask for, done in a thread: rooms opened, files read and written."""

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuralzoo.core.errors import ArgumentError, NeuralzooError
from neuralzoo.play.room import Room
from neuralzoo.play.wire import Frame

if TYPE_CHECKING:
    from neuralzoo.data.dataset import Dataset
    from neuralzoo.train.model import Model


def open_room(key: Any, state: Any, data: "Dataset | None") -> Room:
    """The room of a key, with settings as the page's address tells them."""
    if not isinstance(key, str) or not isinstance(state, dict):
        raise ArgumentError("no room was named", remedy='send {"do": "open", "room": …, "state": {…}}')
    from neuralzoo.play import rooms as own  # every room files itself

    return own.room(key)(state, data)


def export(room: Room, what: Any) -> Frame:
    """A file to take home: the Python program, or the model."""
    if what == "program":
        return Frame("file", {"name": f"{room.key}.py", "type": "text/x-python"}, {"bytes": room.program().encode()})
    if what == "model":
        return Frame("file", {"name": f"{room.key}.nz", "type": "application/octet-stream"}, {"bytes": _saved(room)})
    raise ArgumentError(f"{str(what)[:60]!r} cannot be taken home", remedy='ask for "program" or "model"; the page draws the picture')


def _saved(room: Room) -> bytes:
    """The model in a file, with what its room needs to open it again."""
    from neuralzoo.train.saving import save_model

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.nz"
        save_model(room.model(), path, extra={"playground": {"room": room.key, **room.kept()}})
        return path.read_bytes()


def loaded(data: bytes) -> tuple["Model", dict[str, Any]]:
    """The model in the bytes of a `.nz` file, and what a room kept in it; nothing in it is executed."""
    from neuralzoo.train.saving import load, load_extra

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.nz"
        path.write_bytes(data)
        model, extra = load(path), load_extra(path).get("playground", {})
        return model, extra if isinstance(extra, dict) else {}


def opened_file(room: Room, name: str, data: bytes) -> Room:
    """The room that shows a file: a model goes where it belongs, anything else to the room that is open."""
    if not data:
        raise ArgumentError(f"{name!r} is empty", remedy="choose another file")
    name = re.sub(r"[^\w.\- ]", "_", Path(name).name)
    if not name.lower().endswith(".nz"):
        room.upload(name, data)
        return room
    from neuralzoo.play import rooms as own
    from neuralzoo.play.rooms.file import FileRoom

    model, kept = loaded(data)
    try:
        opened = own.room(str(kept.get("room")))(kept.get("state", {}), room.data)
        opened.restore(model, kept)
    except NeuralzooError:  # saved elsewhere, or with a table that is not here
        opened = FileRoom({})
        opened.show(model, name)
    return opened
