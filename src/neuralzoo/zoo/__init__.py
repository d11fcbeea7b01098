"""The networks of the zoo, each one page with structure, learning rule and card; `fit` needs no `compile`.

    memory = HopfieldNetwork()
    memory.fit(patterns)
    memory.recall(spoilt)

`members` has all of them by the keys of their cards; `neuralzoo zoo` lists them.
"""

from neuralzoo.zoo.card import CELLS, Card, Goal
from neuralzoo.zoo.hopfield import HopfieldNetwork
from neuralzoo.zoo.linear_support_vector import LinearSupportVectorMachine
from neuralzoo.zoo.member import Member, members
from neuralzoo.zoo.support_vector import SupportVectorMachine
from neuralzoo.zoo.support_vector_regressor import SupportVectorRegressor

__all__ = [
    "CELLS",
    "Card",
    "Goal",
    "HopfieldNetwork",
    "LinearSupportVectorMachine",
    "Member",
    "SupportVectorMachine",
    "SupportVectorRegressor",
    "members",
]
