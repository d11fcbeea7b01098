"""A generative adversarial network chases a ring of clouds."""

from typing import ClassVar

import numpy as np

from neuralzoo.play.rooms.lesson import LessonRoom
from neuralzoo.play.settings import Choice, Setting, Slider
from neuralzoo.play.wire import Frame
from neuralzoo.zoo.gan import GenerativeAdversarialNetwork, modes, ring, ring_centers

SIDE, MADE, BATCH, ROWS = 40, 600, 128, 4096


class RingRoom(LessonRoom):
    """The generator throws points, the critic says which are real; both learn, and the points run after the ring."""

    key = "gan"
    name = GenerativeAdversarialNetwork.card.name
    purpose = GenerativeAdversarialNetwork.card.purpose
    script = "ring.js"
    settings: ClassVar[tuple[Setting, ...]] = (
        Slider("clouds", "Clouds on the ring", 8, "Data", low=2, high=12, step=1),
        Slider("spread", "Their spread", 0.02, "Data", low=0.01, high=0.2, step=0.01),
        Choice(
            "loss", "Game", "non-saturating", "Learning", options=("non-saturating", "least-squares", "wasserstein", "hinge", "minimax")
        ),
        Choice("rate", "Learning rate", 0.001, "Learning", options=(0.0002, 0.0005, 0.001, 0.002, 0.005)),
        Choice("penalty", "Penalty of the critic's slope", 0.01, "Learning", options=(0.0, 0.01, 0.1, 1.0, 10.0)),
        Choice("turns", "Critic's turns for one of the generator", 1, "Learning", options=(1, 2, 5)),
        Slider("seed", "Seed", 0, "Learning", low=0, high=9999, step=1),
    )

    def reset(self) -> None:
        s = self.state
        self.rows = ring(ROWS, s["clouds"], s["spread"], seed=1)
        told = {"generator_rate": s["rate"], "critic_rate": s["rate"], "critic_steps": s["turns"], "penalty": s["penalty"]}
        self.network = GenerativeAdversarialNetwork(latent=2, loss=s["loss"], seed=s["seed"], **told)
        self.teach(self.network, self.rows, None, BATCH)
        self.steady_steps = 8
        line = np.linspace(-1.8, 1.8, SIDE, dtype=np.float32)
        self.plane = np.stack(np.meshgrid(line, line[::-1]), axis=-1).reshape(-1, 2)
        self.noise = np.random.default_rng(0).normal(size=(MADE, 2)).astype(np.float32)

    def scene(self) -> Frame:
        return Frame("scene", {"side": SIDE, "clouds": self.state["clouds"]}, {"rows": self.rows[:MADE]})

    def frame(self) -> Frame:
        made = self.network.sample(MADE, noise=self.noise)
        found = modes(made, ring_centers(self.state["clouds"]), self.state["spread"])
        arrays = {"made": made, "surface": self.network.score(self.plane).reshape(SIDE, SIDE)}
        return self.learned({"covered": found.covered, "share": found.share}, arrays)

    def program(self) -> str:
        s = self.state
        told = f"critic_steps={s['turns']}, penalty={s['penalty']}, seed={s['seed']}"
        return f'''"""What the playground showed: a network that chases a ring."""

from neuralzoo.zoo.gan import GenerativeAdversarialNetwork, ring

x = ring({ROWS}, {s["clouds"]}, {s["spread"]}, seed=1)
rates = {{"generator_rate": {s["rate"]}, "critic_rate": {s["rate"]}}}
network = GenerativeAdversarialNetwork(latent=2, loss={s["loss"]!r}, {told}, **rates)
{self.fits("network.fit(x", BATCH)}
network.draw(x).savefig("gan.png")
network.save("gan.nz")
'''
