"""A variational autoencoder whose codes are places of a plane: drag through it, and the picture changes."""

from typing import Any, ClassVar

import numpy as np

from neuralzoo.play.room import numbers, whole
from neuralzoo.play.rooms.boltzmann import digits
from neuralzoo.play.rooms.lesson import LessonRoom
from neuralzoo.play.settings import Choice, Setting, Slider
from neuralzoo.play.wire import Frame
from neuralzoo.zoo.variational_autoencoder import VariationalAutoencoder

SIDE, REACH, SHOWN, TILES, BATCH = 8, 3.0, 400, 10, 100


class LatentRoom(LessonRoom):
    """Digits find their places on a plane of two numbers, and every place of it stands for a picture."""

    key = "vae"
    name = VariationalAutoencoder.card.name
    purpose = VariationalAutoencoder.card.purpose
    script = "latent.js"
    asks = ("place", "row")
    settings: ClassVar[tuple[Setting, ...]] = (
        Slider("units", "Hidden units", 96, "Network", low=16, high=128, step=16),
        Choice(
            "beta", "β, weight of the code's price", 1.0, "Learning", options=(0.1, 0.3, 1.0, 2.0, 4.0), hint="small: sharp and scattered"
        ),
        Choice("rate", "Learning rate", 0.003, "Learning", options=(0.0003, 0.001, 0.003, 0.01)),
        Slider("seed", "Seed", 0, "Learning", low=0, high=9999, step=1),
    )

    def reset(self) -> None:
        from sklearn.datasets import load_digits

        s = self.state
        self.rows, self.classes = digits(), np.asarray(load_digits(return_X_y=True)[1])[:SHOWN]
        self.network = VariationalAutoencoder(2, (s["units"],), beta=s["beta"], learning_rate=s["rate"], seed=s["seed"])
        self.teach(self.network, self.rows, None, BATCH)
        self.steady_steps = 3
        self.place = np.zeros((1, 2), np.float32)
        line = np.linspace(-REACH, REACH, TILES, dtype=np.float32) * 0.9
        self.plane = np.stack(np.meshgrid(line, line[::-1]), axis=-1).reshape(-1, 2)

    def scene(self) -> Frame:
        return Frame("scene", {"side": SIDE, "reach": REACH, "tiles": TILES}, {"classes": self.classes, "pictures": self.rows[:24]})

    def frame(self) -> Frame:
        network = self.network
        arrays = {
            "codes": network.transform(self.rows[:SHOWN]), "tiles": network.decode(self.plane), "picture": network.decode(self.place),
            "place": self.place, "given": self.rows[:24], "back": network.reconstruct(self.rows[:24]),
        }  # fmt: skip
        return self.learned({}, arrays)

    def ask_place(self, given: dict[str, Any]) -> Frame:
        """Another place of the plane."""
        self.place = numbers(given, "place", 2, -2 * REACH, 2 * REACH)[None]
        return Frame("answer", {}, {"picture": self.network.decode(self.place), "place": self.place})

    def ask_row(self, given: dict[str, Any]) -> Frame:
        """The place of a digit."""
        row = whole(given, "row", 0, 23)
        self.place = np.asarray(self.network.transform(self.rows[row : row + 1]), np.float32)
        return self.frame()

    def program(self) -> str:
        s = self.state
        told = f"beta={s['beta']}, learning_rate={s['rate']}, seed={s['seed']}"
        return f'''"""What the playground showed: digits on a plane."""

from neuralzoo.play.rooms.boltzmann import digits
from neuralzoo.zoo import VariationalAutoencoder

x = digits()
network = VariationalAutoencoder(2, ({s["units"]},), {told})
{self.fits("network.fit(x", BATCH)}
network.draw().savefig("vae.png")
network.save("vae.nz")
'''
