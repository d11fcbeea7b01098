"""A restricted Boltzmann machine: what its hidden units look for, and what it dreams."""

from typing import ClassVar

import numpy as np

from neuralzoo.play.rooms.lesson import LessonRoom
from neuralzoo.play.settings import Choice, Setting, Slider
from neuralzoo.play.wire import Frame
from neuralzoo.zoo.restricted_boltzmann import RestrictedBoltzmannMachine, bars_and_stripes

DREAMS, SHOWN = 20, 64


class BoltzmannRoom(LessonRoom):
    """Pictures on one side, hidden causes on the other; fantasies are what the machine believes in."""

    key = "rbm"
    name = RestrictedBoltzmannMachine.card.name
    purpose = RestrictedBoltzmannMachine.card.purpose
    script = "boltzmann.js"
    settings: ClassVar[tuple[Setting, ...]] = (
        Choice("data", "Pictures", "digits", "Data", options=("digits", "bars and stripes")),
        Slider("units", "Hidden units", 48, "Machine", low=4, high=64, step=4),
        Choice("k", "Gibbs steps, k", 1, "Learning", options=(1, 2, 5, 10)),
        Choice("rate", "Rate", 0.05, "Learning", options=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2)),
        Choice("chains", "Chains", "from the data", "Learning", options=("from the data", "persistent")),
        Slider("between", "Gibbs steps a frame", 1, "Fantasies", low=1, high=20, step=1, live=True),
        Slider("seed", "Seed", 0, "Learning", low=0, high=9999, step=1),
    )

    def reset(self) -> None:
        s = self.state
        self.rows = bars_and_stripes(4) if s["data"] == "bars and stripes" else digits()
        self.side = 4 if s["data"] == "bars and stripes" else 8
        batch = min(100, len(self.rows))
        self.machine = RestrictedBoltzmannMachine(
            s["units"], steps=s["k"], chains=batch if s["chains"] == "persistent" else 0, rate=s["rate"], seed=s["seed"]
        )
        self.teach(self.machine, self.rows, None, batch)
        self.steady_steps = 6
        self.dreams = (np.random.default_rng(s["seed"]).random((DREAMS, self.side**2)) < 0.5).astype(np.float32)
        self.frames = 0

    def scene(self) -> Frame:
        shown = self.rows[np.linspace(0, len(self.rows) - 1, DREAMS).astype(int)]
        return Frame("scene", {"side": self.side, "units": self.state["units"]}, {"pictures": shown})

    def frame(self) -> Frame:
        self.frames += 1
        machine, steps = self.machine, self.state["between"]
        mean = machine.sample(DREAMS, steps, start=self.dreams, expected=True, seed=self.frames)
        self.dreams = machine.sample(DREAMS, steps, start=self.dreams, seed=self.frames)
        rows = self.rows[:DREAMS]
        back = machine.reconstruct(rows)
        arrays = {"filters": np.asarray(machine.net.kernel.T[:SHOWN]), "dreams": mean, "given": rows, "back": back}
        return self.learned({"free_energy": float(machine.free_energy(self.rows[:256]).mean())}, arrays)

    def program(self) -> str:
        s, name = self.state, "bars_and_stripes(4)" if self.state["data"] == "bars and stripes" else "digits()"
        where = (
            "neuralzoo.zoo.restricted_boltzmann import bars_and_stripes"
            if "bars" in name
            else "neuralzoo.play.rooms.boltzmann import digits"
        )
        batch = min(100, len(self.rows))
        chains = batch if s["chains"] == "persistent" else 0
        return f'''"""What the playground showed: a restricted Boltzmann machine."""

from {where}
from neuralzoo.zoo import RestrictedBoltzmannMachine

x = {name}
machine = RestrictedBoltzmannMachine({s["units"]}, steps={s["k"]}, chains={chains}, rate={s["rate"]}, seed={s["seed"]})
{self.fits("machine.fit(x", batch)}
machine.draw().savefig("rbm.png")
machine.save("rbm.nz")
'''


def digits() -> np.ndarray:
    """scikit-learn's 1,797 digits of 8 × 8 pixels as 0 and 1, `(rows, 64)`."""
    from sklearn.datasets import load_digits

    return (np.asarray(load_digits(return_X_y=True)[0]) >= 8).astype(np.float32)
