"""A spiking network reads digits: who fires when."""

import warnings
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np

from neuralzoo.play.room import whole
from neuralzoo.play.rooms.lesson import LessonRoom
from neuralzoo.play.rooms.pictures import digit_rows
from neuralzoo.play.settings import Choice, Setting, Slider
from neuralzoo.play.wire import Frame
from neuralzoo.zoo.spiking import SpikingNetwork

BATCH = 64


class SpikesRoom(LessonRoom):
    """Neurons charge up, fire and fall silent; the class whose membrane rises highest is the answer."""

    key = "spiking"
    name = SpikingNetwork.card.name
    purpose = SpikingNetwork.card.purpose
    script = "spikes.js"
    asks = ("show",)
    settings: ClassVar[tuple[Setting, ...]] = (
        Slider("units", "Hidden neurons", 60, "Network", low=10, high=120, step=10),
        Slider("time", "Steps of time", 25, "Network", low=10, high=50, step=5),
        Choice(
            "code", "Pixels speak by", "current", "Network", options=("current", "latency"), hint="a constant current, or one early spike"
        ),
        Slider("tau", "Membrane, ms", 20.0, "Network", low=2, high=50, step=1),
        Choice("rate", "Learning rate", 0.005, "Learning", options=(0.0005, 0.001, 0.002, 0.005, 0.01)),
        Slider("seed", "Seed", 0, "Learning", low=0, high=9999, step=1),
    )

    def reset(self) -> None:
        s = self.state
        (x, y), self.others = digit_rows()
        network = SpikingNetwork((s["units"],), steps=s["time"], code=s["code"], tau=s["tau"], learning_rate=s["rate"], seed=s["seed"])
        self.network, self.row = network, 0
        with warnings.catch_warnings(action="ignore"):  # silence is seen
            self.teach(network, x.reshape(len(x), -1), y, BATCH)

    def frame(self) -> Frame:
        x, y = self.others
        row = x[self.row].reshape(1, -1)
        net = self.network.layers_of_neurons
        path = [np.asarray(a[:, 0]) for a in net.path(jnp.asarray(row))]
        hidden, last = path[-2], np.asarray(net.cells[-1].millivolts(path[-1]))
        seen = self.network.predict(x[:256].reshape(256, -1), verbose=0)
        said = self.network.predict(row, verbose=0)[0]
        head = {"right": float((seen.argmax(1) == y[:256]).mean()), "answer": int(said.argmax()), "target": int(y[self.row]), "side": 8}
        rate = float(hidden.mean() * 1000 / net.cells[0].dt)
        return self.learned(
            {**head, "hertz": rate}, {"spikes": hidden.T, "membranes": last.T, "shares": said, "picture": row.reshape(8, 8)}
        )

    def ask_show(self, given: dict[str, Any]) -> Frame:
        """Another digit."""
        self.row = whole(given, "row", 0, len(self.others[1]) - 1)
        return self.frame()

    def program(self) -> str:
        s = self.state
        told = f"steps={s['time']}, code={s['code']!r}, tau={s['tau']}, learning_rate={s['rate']}, seed={s['seed']}"
        return f'''"""What the playground showed: spiking neurons read digits."""

from neuralzoo.play.rooms.pictures import digit_rows
from neuralzoo.zoo import SpikingNetwork

(x, y), (x_other, y_other) = digit_rows()
network = SpikingNetwork(({s["units"]},), {told})
{self.fits("network.fit(x.reshape(len(x), -1), y", BATCH)}
print(network.evaluate(x_other.reshape(len(x_other), -1), y_other, return_dict=True))
network.draw(x_other[0].ravel()).savefig("spiking.png")
network.save("spiking.nz")
'''
