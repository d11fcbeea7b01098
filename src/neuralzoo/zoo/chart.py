"""The order of the chart: rows of relatives, as F. van Veen and S. Leijnen drew them, and where the others of the zoo belong."""

from collections.abc import Iterator

from neuralzoo.zoo.member import Member, members

CHART: dict[str, tuple[str, ...]] = {  # rows of "A mostly complete chart of neural networks", 2016, by its abbreviations
    "feed forward": ("P", "FF", "RBF", "DFF"),
    "recurrent": ("RNN", "LSTM", "GRU"),
    "autoencoders": ("AE", "VAE", "DAE", "SAE"),
    "chains and energies": ("MC", "HN", "BM", "RBM", "DBN"),
    "convolutional": ("DCN", "DN", "DCIGN"),
    "generative, and random features": ("GAN", "LSM", "ELM", "ESN"),
    "residual, maps, margins, memory": ("DRN", "KN", "SVM", "NTM"),
}
ELSEWHERE = "beyond the chart"


def chart() -> Iterator[tuple[str, list[type[Member]]]]:
    """The networks of the zoo row by row: those of the chart in its order, and then all others by year.

    Several networks may stand for one place of the chart, the first of them by year.

    >>> [card.short for card in (kind.card for kind in next(chart())[1])]
    ['P', 'FF', 'RBF', 'DFF']
    """
    left = sorted(members.values(), key=lambda kind: (kind.card.year, kind.card.name.lower()))
    for row, places in CHART.items():
        found = [kind for place in places for kind in left if kind.card.short == place]
        yield row, found
        left = [kind for kind in left if kind not in found]
    yield ELSEWHERE, left


def missing() -> list[str]:
    """Abbreviations of the chart that no network of the zoo bears."""
    there = {kind.card.short for kind in members.values()}
    return [place for places in CHART.values() for place in places if place not in there]
