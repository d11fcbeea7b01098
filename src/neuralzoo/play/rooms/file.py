"""A model from a file: its layers, its weights and the picture that people expect of it."""

import io
from typing import Any

import jax
import numpy as np

from neuralzoo.core.errors import NeuralzooError, NotReadyError
from neuralzoo.core.record import forgetful
from neuralzoo.play.room import Room
from neuralzoo.play.wire import Frame
from neuralzoo.train.model import Model
from neuralzoo.zoo.member import Member

LARGEST, MOST = 48, 40  # of a matrix that is shown, along a side; and how many


class FileRoom(Room):
    """Any saved model, to look at."""

    key = "file"
    name = "A model from a file"
    purpose = "open a .nz file that was saved here or in Python"
    script = "file.js"
    learns = False
    takes = ".nz"
    held: Model | None = None

    def show(self, model: Model, name: str) -> None:
        self.held, self.file = model, name

    def scene(self) -> Frame:
        if self.held is None:
            return Frame("scene", {"title": "", "layers": [], "names": []})
        model = self.held
        layers = [[name, type(layer).__name__, _count(layer)] for name, layer in zip(model.names(), model.layers, strict=True)]
        names, arrays = [], {}
        for place, array in jax.tree_util.tree_flatten_with_path(forgetful(model.net))[0]:
            values = np.asarray(array, np.float32) if np.asarray(array).dtype.kind in "fiu" else None
            if values is None or values.ndim < 1 or len(names) >= MOST:
                continue
            flat = values.reshape(-1, values.shape[-1]) if values.ndim > 1 else values[None]
            names.append([jax.tree_util.keystr(place, simple=True, separator="."), list(values.shape)])
            arrays[f"weights:{len(names) - 1}"] = flat[:LARGEST, :LARGEST]
        learner = "nothing to learn by" if model.learner is None else type(model.learner).__name__
        head = {
            "title": self.file,
            "kind": type(model).__name__,
            "learner": learner,
            "steps": model.count,
            "layers": layers,
            "names": names,
        }
        return Frame("scene", {**head, "card": _card(model)}, {**arrays, **_picture(model)})

    def frame(self) -> Frame:
        return Frame("frame")

    def model(self) -> Model:
        if self.held is None:
            raise NotReadyError("no model is open", remedy="open a .nz file")
        return self.held

    def program(self) -> str:
        name = self.file if self.held is not None else "model.nz"
        lines = [
            '"""Open the model that the playground showed."""',
            "",
            "from neuralzoo.models import load_model",
            "",
            f"model = load_model({name!r})",
        ]
        return "\n".join([*lines, "model.summary()", ""])


def _count(layer: Any) -> int:
    return sum(int(np.size(a)) for a in jax.tree.leaves(forgetful(layer)))


def _card(model: Model) -> str:
    return f"{model.card.name}: {model.card.purpose}" if isinstance(model, Member) else ""


def _picture(model: Model) -> dict[str, bytes]:
    """The picture of a member; of other models none, or of one that needs data to be drawn."""
    if not isinstance(model, Member):
        return {}
    try:
        out = io.BytesIO()
        model.draw().savefig(out, format="png", dpi=130)
    except (NeuralzooError, NotImplementedError, TypeError):
        return {}
    return {"picture": out.getvalue()}
