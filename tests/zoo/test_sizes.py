"""What a member of the zoo may be told about the sizes of its layers."""

import jax
import numpy as np
import pytest

from neuralzoo import zoo
from neuralzoo.core.errors import ArgumentError

LAYERED = (
    "Autoencoder",
    "ConvolutionalAutoencoder",
    "DeconvolutionalNetwork",
    "DeepBeliefNetwork",
    "DeepFeedForward",
    "DenoisingAutoencoder",
    "ExtremeLearningMachine",
    "GraphConvolutionalNetwork",
    "JumpNetwork",
    "LSTMNetwork",
    "SparseAutoencoder",
    "SpikingNetwork",
    "StackedAutoencoder",
)


@pytest.mark.parametrize("name", LAYERED)
def test_a_number_is_the_size_of_one_layer(name):
    make = getattr(zoo, name)
    alike = [make(sizes).net for sizes in (8, (8,), [8], np.array([8]), np.int64(8))]
    assert len({repr(net) for net in alike}) == 1
    assert len({jax.tree.structure(net) for net in alike}) == 1


@pytest.mark.parametrize("name", [*LAYERED, "KohonenMap", "LiquidStateMachine"])
@pytest.mark.parametrize("sizes", [0, -3, (8, 0), 2.5, "8", None, True])
def test_what_is_no_size_is_refused_by_name(name, sizes):
    with pytest.raises(ArgumentError, match="not possible"):
        getattr(zoo, name)(sizes)
