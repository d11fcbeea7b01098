"""A small trial of every network of the zoo: rows to learn from, and what each of its verbs is asked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from neuralzoo.data import Graph, stack
from neuralzoo.data.algorithms import copy
from neuralzoo.layers import Dense, DenseCell
from neuralzoo.zoo import (
    GRNN,
    PNN,
    Adaline,
    Autoencoder,
    BayesByBackprop,
    BidirectionalNetwork,
    BoltzmannMachine,
    CompletelyConnectedNetwork,
    ConvolutionalAutoencoder,
    DeconvolutionalNetwork,
    DeepBeliefNetwork,
    DeepConvolutionalNetwork,
    DeepFeedForward,
    DenoisingAutoencoder,
    EchoStateNetwork,
    ExtremeLearningMachine,
    FeedForward,
    GenerativeAdversarialNetwork,
    GraphAttentionNetwork,
    GraphConvolutionalNetwork,
    GRUNetwork,
    Hebb,
    HiddenMarkovModel,
    HopfieldNetwork,
    InceptionNetwork,
    InverseGraphicsNetwork,
    JumpNetwork,
    KohonenMap,
    LaplaceNetwork,
    LinearSupportVectorMachine,
    LiquidStateMachine,
    LSTMNetwork,
    Madaline,
    MarkovChain,
    McCullochPitts,
    Member,
    MessagePassingNetwork,
    ModernHopfieldNetwork,
    MonteCarloDropout,
    NeuralTuringMachine,
    NoUTurnNetwork,
    Oja,
    Perceptron,
    RBFNetwork,
    RecurrentNetwork,
    ResidualNetwork,
    RestrictedBoltzmannMachine,
    SparseAutoencoder,
    SpikingNetwork,
    StackedAutoencoder,
    SupportVectorMachine,
    SupportVectorRegressor,
    VariationalAutoencoder,
)

draws = np.random.default_rng(7)
SIGNS = np.sign(draws.normal(size=(4, 40))).astype(np.float32)  # four patterns of ±1
SHADES = draws.random((12, 3)).astype(np.float32)
TRAINS = (draws.random((12, 10, 2)) < 0.5).astype(np.float32)
POINTS = draws.normal(size=(12, 3)).astype(np.float32)
BITS = (draws.random((8, 9)) < 0.5).astype(np.float32)  # eight rows of 0 and 1
PLANE = np.random.default_rng(21).normal(size=(12, 2)).astype(np.float32)  # points, and three classes of them
THIRDS = np.arange(12) % 3
CODES = np.array([[0, 1, 0, 0, 1, 2], [1, 1, 0, 2, -1, -1], [0, 0, 1, 0, 1, 2], [1, 0, 2, -1, -1, -1]], np.int32)  # 2 ends a sequence
WAVES = np.sin(np.arange(12) / 2 + np.arange(4)[:, None])[..., None].astype(np.float32)  # four series of twelve steps
PICTURES = np.random.default_rng(22).random((8, 4, 4, 1), np.float32)  # eight of 4 × 4 grey pixels
TILES = np.tile(PICTURES, (1, 2, 2, 1))  # 8 × 8
SQUARE = draws.uniform(-1, 1, (8, 2)).astype(np.float32)  # eight points of a plane
GROUPS = np.random.default_rng(23).random((6, 2, 4, 4, 1)).astype(np.float32)  # six groups of two small images
CLOUD = draws.normal(size=(8, 3)).astype(np.float32)  # eight points in space
TAPES = copy(8, (2, 2), 2)
LABELS = (CLOUD @ [1.0, -2.0, 0.5] > 0).astype(np.int32)  # two classes that a plane separates
RINGS = stack([Graph([(i, (i + 1) % n) for i in range(n)], draws.normal(size=(n, 3))).undirected() for n in (3, 5, 4, 5)])
SIDES = np.tile(np.arange(5) % 2, (4, 1)).astype(np.int32)  # two classes of the nodes of these four rings


@dataclass(frozen=True)
class Trial:
    """How to try a network.

    Fields:
        make: makes one, always with the same seed.
        x, y: rows to learn from.
        verbs: what each verb of its card is asked, besides `predict` and `evaluate`.
        epochs: how often to go through the rows; None for what is usual.
        batch: rows in a step.
    """

    make: Callable[[], Member]
    x: Any
    y: Any = None
    verbs: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    epochs: int | None = None
    batch: int = 2


def coding(x: Any) -> dict[str, Callable[[Any], Any]]:
    """What autoencoders are asked of rows `x`."""
    return {"transform": lambda m: m.transform(x), "reconstruct": lambda m: m.reconstruct(x)}


HEIGHTS = CLOUD[:, 0] * CLOUD[:, 1]  # a number for each point


def beliefs(x: Any, y: Any) -> dict[str, Callable[[Any], Any]]:
    """What every Bayesian network is asked."""
    return {
        "predict_distribution": lambda m: (m.predict_distribution(x, 8).mean, m.predict_distribution(x, 8).epistemic),
        "sample": lambda m: m.sample(x, 4),
        "score": lambda m: m.score(x, y, 8),
        "calibration": lambda m: m.calibration(x, y, 8).error,
    }


TRIALS = {
    "adaline": Trial(lambda: Adaline(0.1), CLOUD, LABELS, verbs={"classify": lambda m: m.classify(CLOUD)}, epochs=2),
    "autoencoder": Trial(lambda: Autoencoder((3, 2), tied=True, contraction=0.1), SHADES[:8], verbs=coding(SHADES), epochs=2, batch=4),
    "bayes_by_backprop": Trial(lambda: BayesByBackprop((4,), draws=2), CLOUD, HEIGHTS, beliefs(CLOUD, HEIGHTS), epochs=2, batch=4),
    "bidirectional": Trial(
        lambda: BidirectionalNetwork(3),
        WAVES,
        (WAVES[..., 0] > 0).astype(np.int32),
        verbs={"classify": lambda m: m.classify(WAVES), "states": lambda m: m.states(WAVES)},
        epochs=2,
    ),
    "boltzmann": Trial(
        lambda: BoltzmannMachine(2),
        BITS[:, :4],
        verbs={
            "complete": lambda m: m.complete(BITS[:, :4], [True, True, False, False], 5),
            "sample": lambda m: m.sample(3, 5),
            "energy": lambda m: m.energy(BITS[:, :6]),
            "score_samples": lambda m: m.score_samples(BITS[:, :4]),
        },
        epochs=2,
        batch=4,
    ),
    "completely_connected": Trial(
        lambda: CompletelyConnectedNetwork(3, steps=2),
        CLOUD,
        LABELS,
        verbs={"classify": lambda m: m.classify(CLOUD), "wiring": lambda m: m.wiring(), "unroll": lambda m: m.unroll(CLOUD)},
        epochs=2,
        batch=4,
    ),
    "convolutional_autoencoder": Trial(lambda: ConvolutionalAutoencoder((2,), 3), PICTURES, verbs=coding(PICTURES), epochs=2, batch=4),
    "dbn": Trial(
        lambda: DeepBeliefNetwork((4, 3), layer_epochs=1),
        BITS,
        verbs={
            "transform": lambda m: m.transform(BITS),
            "reconstruct": lambda m: m.reconstruct(BITS),
            "sample": lambda m: m.sample(3, 4),
        },
        epochs=2,
        batch=4,
    ),
    "dcign": Trial(
        lambda: InverseGraphicsNetwork(3, 2, filters=(1, 2), hidden=3),
        GROUPS,
        np.arange(6, dtype=np.int32) % 3,
        verbs={
            "encode": lambda m: m.encode(GROUPS[0]),
            "decode": lambda m: m.decode(POINTS),
            "turn": lambda m: m.turn(GROUPS[0], 1, [0.0, 1.0]),
        },
        epochs=2,
    ),
    "dcn": Trial(
        DeepConvolutionalNetwork,
        TILES,
        np.arange(8) % 2,
        verbs={"classify": lambda m: m.classify(TILES), "feature_maps": lambda m: m.feature_maps(TILES)},
        epochs=2,
        batch=4,
    ),
    "deconvolutional": Trial(
        lambda: DeconvolutionalNetwork((2,)),
        PICTURES,
        np.arange(8) % 2,
        verbs={
            "project": lambda m: m.project(PICTURES, 0, 1),
            "activations": lambda m: m.activations(PICTURES, 0),
            "strongest": lambda m: m.strongest(PICTURES, 0, 1, 3),
        },
        epochs=2,
        batch=4,
    ),
    "deep_feed_forward": Trial(
        lambda: DeepFeedForward((4, 3), dropout=0.2),
        CLOUD,
        LABELS,
        verbs={"classify": lambda m: m.classify(CLOUD), "hidden": lambda m: m.hidden(CLOUD)},
        epochs=2,
        batch=4,
    ),
    "denoising_autoencoder": Trial(lambda: DenoisingAutoencoder((3,)), SHADES, verbs=coding(SHADES), epochs=2, batch=4),
    "drn": Trial(
        lambda: ResidualNetwork(8, 2),
        PICTURES,
        np.arange(8) % 2,
        verbs={"classify": lambda m: m.classify(PICTURES), "gradient_norms": lambda m: m.gradient_norms(PICTURES, np.arange(8) % 2)},
        epochs=2,
        batch=4,
    ),
    "elm": Trial(
        lambda: ExtremeLearningMachine(6, ridge=0.1),
        SQUARE,
        SQUARE[:, :1] * SQUARE[:, 1:],
        verbs={"transform": lambda m: m.transform(SQUARE)},
    ),
    "esn": Trial(
        lambda: EchoStateNetwork(8, ridge=0.1, washout=2),
        WAVES[:, :-1],
        WAVES[:, 1:],
        verbs={
            "transform": lambda m: m.transform(WAVES),
            "generate": lambda m: m.generate(3, WAVES),
            "forgetting": lambda m: m.forgetting(WAVES[0]),
        },
    ),
    "feed_forward": Trial(
        lambda: FeedForward(4),
        PLANE,
        THIRDS,
        verbs={"classify": lambda m: m.classify(PLANE), "hidden": lambda m: m.hidden(PLANE)},
        epochs=2,
        batch=4,
    ),
    "gan": Trial(
        lambda: GenerativeAdversarialNetwork(Dense(3), Dense(1), latent=2, loss="wasserstein", critic_steps=2),
        POINTS,
        verbs={
            "sample": lambda m: m.sample(4),
            "interpolate": lambda m: m.interpolate(2, 3),
            "score": lambda m: m.score(POINTS),
            "coverage": lambda m: m.coverage(POINTS),
        },
        epochs=2,
        batch=4,
    ),
    "gat": Trial(
        lambda: GraphAttentionNetwork(2, 2),
        RINGS,
        SIDES,
        verbs={
            "predict_proba": lambda m: m.predict_proba(RINGS),
            "classify": lambda m: m.classify(RINGS),
            "transform": lambda m: m.transform(RINGS),
            "attention": lambda m: m.attention(Graph([(0, 1), (1, 0)], np.eye(2, 3))),
        },
        epochs=2,
    ),
    "gcn": Trial(
        lambda: GraphConvolutionalNetwork((3,)),
        RINGS,
        SIDES,
        verbs={
            "predict_proba": lambda m: m.predict_proba(RINGS),
            "classify": lambda m: m.classify(RINGS),
            "transform": lambda m: m.transform(RINGS),
        },
        epochs=2,
    ),
    "grnn": Trial(lambda: GRNN(capacity=32), CLOUD, CLOUD[:, 0]),
    "gru": Trial(
        lambda: GRUNetwork(3),
        WAVES,
        (WAVES[..., 0] > 0).astype(np.int32),
        verbs={"classify": lambda m: m.classify(WAVES), "states": lambda m: m.states(WAVES), "gates": lambda m: m.gates(WAVES)},
        epochs=2,
    ),
    "hebb": Trial(Hebb, SIGNS, SIGNS[:, :6], verbs={"recall": lambda m: m.recall(SIGNS)}),
    "hidden_markov": Trial(
        partial(HiddenMarkovModel, 2, starts=2, seed=3),
        CODES,
        verbs={
            "score": lambda m: m.score(CODES),
            "decode": lambda m: m.decode(CODES),
            "predict_proba": lambda m: m.predict_proba(CODES),
            "sample": lambda m: m.sample(6),
            "bic": lambda m: m.bic(CODES),
            "aic": lambda m: m.aic(CODES),
        },
        epochs=2,
    ),
    "hopfield": Trial(HopfieldNetwork, SIGNS, verbs={"recall": lambda m: m.recall(-SIGNS), "energy": lambda m: m.energy(SIGNS)}),
    "inception": Trial(
        lambda: InceptionNetwork(((1, 1, 2, 1, 1, 1),), 2),
        PICTURES,
        np.arange(8) % 2,
        verbs={"classify": lambda m: m.classify(PICTURES), "branches": lambda m: m.branches(PICTURES)},
        epochs=2,
        batch=4,
    ),
    "jump": Trial(
        lambda: JumpNetwork((4, 2)),
        CLOUD,
        LABELS,
        verbs={"classify": lambda m: m.classify(CLOUD), "wiring": lambda m: np.nan_to_num(m.wiring())},
        epochs=2,
        batch=4,
    ),
    "kohonen": Trial(
        lambda: KohonenMap((2, 3), "hexagonal"),
        POINTS,
        verbs={
            "winners": lambda m: m.winners(POINTS),
            "transform": lambda m: m.transform(POINTS),
            "quantization_error": lambda m: m.quantization_error(POINTS),
            "topographic_error": lambda m: m.topographic_error(POINTS),
            "hits": lambda m: m.hits(POINTS),
            "labels_map": lambda m: m.labels_map(POINTS, np.arange(12) % 2),
            "u_matrix": lambda m: m.u_matrix(),
        },
        epochs=2,
        batch=4,
    ),
    "laplace": Trial(lambda: LaplaceNetwork((4,), structure="kronecker"), CLOUD, LABELS, beliefs(CLOUD, LABELS), epochs=2, batch=4),
    "linear_svm": Trial(LinearSupportVectorMachine, PLANE, THIRDS, {"classify": lambda m: m.classify(PLANE)}, epochs=5, batch=4),
    "liquid": Trial(
        lambda: LiquidStateMachine((2, 2, 3), strength=(3.0, 0.5), ridge=0.1),
        TRAINS,
        np.arange(12) % 2,
        verbs={"states": lambda m: m.states(TRAINS), "spikes": lambda m: m.spikes(TRAINS)},
        batch=4,
    ),
    "lstm": Trial(
        lambda: LSTMNetwork(3),
        WAVES,
        np.arange(4) % 2,
        verbs={"classify": lambda m: m.classify(WAVES), "states": lambda m: m.states(WAVES), "gates": lambda m: m.gates(WAVES)},
        epochs=2,
    ),
    "madaline": Trial(lambda: Madaline(3), CLOUD, LABELS, verbs={"classify": lambda m: m.classify(CLOUD)}, epochs=2),
    "markov": Trial(
        MarkovChain,
        CODES,
        verbs={
            "predict_proba": lambda m: m.predict_proba([[0], [2, 1]]),
            "sample": lambda m: m.sample(8),
            "score": lambda m: m.score(CODES),
            "perplexity": lambda m: m.perplexity(CODES),
            "transitions": lambda m: m.transitions(),
            "stationary": lambda m: m.stationary(),
            "hitting_times": lambda m: m.hitting_times([2]).times,
            "absorption": lambda m: m.absorption().times,
        },
    ),
    "mc_dropout": Trial(lambda: MonteCarloDropout((4,), 0.2, noise="row"), CLOUD, HEIGHTS, beliefs(CLOUD, HEIGHTS), epochs=2, batch=4),
    "mcculloch_pitts": Trial(lambda: McCullochPitts([1, 1, -1], 1), np.array([[0, 1, 0], [1, 1, 1]])),
    "message_passing": Trial(
        lambda: MessagePassingNetwork(3, 1),
        RINGS,
        np.arange(4) % 2,
        verbs={
            "predict_proba": lambda m: m.predict_proba(RINGS),
            "classify": lambda m: m.classify(RINGS),
            "transform": lambda m: m.transform(RINGS),
        },
        epochs=2,
    ),
    "modern_hopfield": Trial(
        lambda: ModernHopfieldNetwork(capacity=8),
        SIGNS,
        verbs={"recall": lambda m: m.recall(SIGNS / 2), "energy": lambda m: m.energy(SIGNS)},
    ),
    "ntm": Trial(
        lambda: NeuralTuringMachine(DenseCell(4), slots=3, width=2),
        *TAPES,
        verbs={"heads": lambda m: m.heads(TAPES.x), "memory": lambda m: m.memory(TAPES.x)},
        epochs=2,
        batch=4,
    ),
    "nuts": Trial(
        lambda: NoUTurnNetwork((), draws=20, warmup=20, noise=0.5),
        CLOUD,
        HEIGHTS,
        {**beliefs(CLOUD, HEIGHTS), "report": lambda m: tuple(m.report())},
    ),
    "oja": Trial(
        lambda: Oja(2),
        CLOUD,
        verbs={"transform": lambda m: m.transform(CLOUD), "reconstruct": lambda m: m.reconstruct(CLOUD)},
        epochs=2,
    ),
    "perceptron": Trial(Perceptron, CLOUD, LABELS, verbs={"classify": lambda m: m.classify(CLOUD)}, epochs=2),
    "pnn": Trial(
        lambda: PNN(capacity=32),
        CLOUD,
        LABELS,
        verbs={"predict_proba": lambda m: m.predict_proba(CLOUD), "classify": lambda m: m.classify(CLOUD)},
    ),
    "rbf": Trial(lambda: RBFNetwork(3, width=1.0, ridge=0.1), CLOUD, LABELS, verbs={"classify": lambda m: m.classify(CLOUD)}),
    "rbm": Trial(
        lambda: RestrictedBoltzmannMachine(3, chains=4),
        BITS,
        verbs={
            "transform": lambda m: m.transform(BITS),
            "reconstruct": lambda m: m.reconstruct(BITS),
            "sample": lambda m: m.sample(3, 4),
            "free_energy": lambda m: m.free_energy(BITS),
            "score_samples": lambda m: m.score_samples(BITS),
        },
        epochs=2,
        batch=4,
    ),
    "rnn": Trial(
        lambda: RecurrentNetwork(3),
        WAVES[:, :-1],
        np.arange(4) % 2,
        verbs={"classify": lambda m: m.classify(WAVES), "states": lambda m: m.states(WAVES)},
        epochs=2,
    ),
    "sparse_autoencoder": Trial(lambda: SparseAutoencoder((3,), sparsity="l1"), SHADES, verbs=coding(SHADES), epochs=2, batch=4),
    "spiking": Trial(
        lambda: SpikingNetwork((6,), steps=4, code="poisson"),
        SHADES,
        np.arange(12) % 2,
        verbs={"spikes": lambda m: m.spikes(SHADES), "rates": lambda m: m.rates(SHADES)},
        epochs=2,
        batch=4,
    ),
    "stacked_autoencoder": Trial(
        lambda: StackedAutoencoder((3, 2), layer_epochs=1, corruption="salt_and_pepper"), SHADES, verbs=coding(SHADES), epochs=2, batch=4
    ),
    "svm": Trial(
        SupportVectorMachine,
        PLANE,
        THIRDS,
        {"classify": lambda m: m.classify(PLANE), "decision_function": lambda m: m.decision_function(PLANE)},
        batch=12,
    ),
    "svr": Trial(lambda: SupportVectorRegressor(epsilon=0.01), PLANE, PLANE[:, 0] ** 2, batch=12),
    "vae": Trial(
        lambda: VariationalAutoencoder(2, (4,), warmup=3),
        BITS,
        verbs={
            **coding(BITS),
            "sample": lambda m: m.sample(3),
            "decode": lambda m: m.decode(PLANE[:2]),
            "traverse": lambda m: m.traverse(BITS[0], 3),
            "bound": lambda m: m.bound(BITS),
            "score_samples": lambda m: m.score_samples(BITS, 3),
        },
        epochs=2,
        batch=4,
    ),
}
