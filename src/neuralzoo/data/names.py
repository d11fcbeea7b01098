"""The named data sets, as one table: what each is, where it comes from, what it has been known to give."""

import functools
from collections.abc import Callable
from dataclasses import dataclass, field

from neuralzoo.core.errors import ArgumentError, nearest
from neuralzoo.data import files, made, stored
from neuralzoo.data.dataset import Dataset
from neuralzoo.data.fetch import RemoteFile, fetch, find_file


@dataclass(frozen=True)
class Entry:
    """One named data set; `load(seed)` opens it, None where it is no matter for `neuralzoo study` (text, graphs)."""

    name: str
    title: str
    kind: str  # table, images, sequences, text or graph
    task: str  # classification, regression, generation
    source: str
    licence: str
    reference: str = ""  # a result to compare with
    files: tuple[RemoteFile, ...] = ()  # () for what needs none
    load: Callable[[int], Dataset] | None = field(default=None, repr=False, compare=False)

    @property
    def state(self) -> str:
        """`built in`, `here`, `can be downloaded` or `has to be put there by hand`."""
        if not self.files:
            return "built in"
        missing = [file for file in self.files if find_file(file.path) is None]
        if not missing:
            return "here"
        return "can be downloaded" if all(file.urls for file in missing) else "has to be put there by hand"

    def get(self) -> tuple[str, ...]:
        """Fetch every file and return the paths: what `neuralzoo data get NAME` does."""
        return tuple(str(fetch(file, self.name)) for file in self.files)


def entry(name: str) -> Entry:
    """The entry called `name`, in any case, with - or _.

    >>> entry("Breast-Cancer").task
    'classification'
    """
    found = CATALOGUE.get(name.strip().lower().replace("-", "_").replace(" ", "_"))
    if found is None:
        raise ArgumentError(f"there is no data set named {name!r}", remedy=nearest(name, CATALOGUE))
    return found


def _uci(name: str, title: str, rmse: str) -> Entry:
    return Entry(
        name,
        title,
        "table",
        "regression",
        "UCI repository, splits of Hernández-Lobato and Adams (2015)",
        "UCI terms",
        f"test RMSE {rmse} (MC dropout, 50 hidden units, mean of 20 splits, DropoutUncertaintyExps, 2018)",
        (files.local(f"uci_regression/{name}.npz"),),
        functools.partial(stored.uci, name),
    )


_SKLEARN, _DRAWN = "scikit-learn (UCI repository)", "drawn here, seeded"
_LABELS, _NUMBERS = "classification", "regression"

_ENTRIES = (
    Entry("digits", "1797 handwritten digits, 8 x 8", "table", _LABELS, _SKLEARN, "CC BY 4.0", load=made.digits),
    Entry("iris", "150 irises of three species", "table", _LABELS, _SKLEARN, "CC BY 4.0", load=made.iris),
    Entry("wine", "178 wines of three growers", "table", _LABELS, _SKLEARN, "CC BY 4.0", load=made.wine),
    Entry("breast_cancer", "569 tumours, benign or malignant", "table", _LABELS, _SKLEARN, "CC BY 4.0", load=made.breast_cancer),
    Entry(
        "diabetes",
        "442 patients, progression after a year",
        "table",
        _NUMBERS,
        "scikit-learn (Efron et al., 2004)",
        "public",
        load=made.diabetes,
    ),
    Entry("moons", "two half circles", "table", _LABELS, _DRAWN, "–", load=made.moons),
    Entry("circles", "a ring around a ring", "table", _LABELS, _DRAWN, "–", load=made.circles),
    Entry("spirals", "two spirals", "table", _LABELS, _DRAWN, "–", load=made.spirals),
    Entry("xor", "four quadrants", "table", _LABELS, _DRAWN, "–", load=made.xor),
    Entry("gaussians", "three clouds", "table", _LABELS, _DRAWN, "–", load=made.gaussians),
    Entry("sine", "a noisy sine", "table", _NUMBERS, _DRAWN, "–", "RMSE 0.1 is the noise", load=made.sine),
    Entry(
        "friedman", "five inputs that count, five that do not", "table", _NUMBERS, _DRAWN, "–", "RMSE 1 is the noise", load=made.friedman
    ),
    Entry(
        "mnist",
        "70 000 handwritten digits, 28 x 28",
        "images",
        _LABELS,
        "LeCun, Cortes, Burges",
        "CC BY-SA 3.0",
        "98.40 % MLP with dropout, 99.25 % CNN (Keras examples); 95.3 % 784-300-10 (LeCun et al., 1998)",
        files.MNIST,
        stored.mnist,
    ),
    Entry(
        "fashion_mnist",
        "70 000 garments, 28 x 28",
        "images",
        _LABELS,
        "Zalando",
        "MIT",
        "87.1 % MLP, 91.6 % CNN (Xiao et al., 2017)",
        files.FASHION_MNIST,
        stored.fashion_mnist,
    ),
    Entry(
        "fashion_mnist_subset",
        "3615 garments, 28 x 28",
        "images",
        _LABELS,
        "Zalando",
        "MIT",
        "",
        (files.local("fashion_mnist_subset.npz"),),
        stored.fashion_mnist_subset,
    ),
    Entry(
        "cifar10",
        "60 000 small photographs, 32 x 32, colour",
        "images",
        _LABELS,
        "Krizhevsky (2009)",
        "none stated",
        "79 % CNN (Keras example)",
        (files.CIFAR10,),
        stored.cifar10,
    ),
    Entry(
        "cifar10_subset",
        "11 000 small photographs, 32 x 32, colour",
        "images",
        _LABELS,
        "Krizhevsky (2009)",
        "none stated",
        "",
        (files.local("cifar10_subset.npz"),),
        stored.cifar10_subset,
    ),
    Entry(
        "orl_faces",
        "400 faces of 40 people, 112 x 92",
        "images",
        _LABELS,
        "AT&T Laboratories Cambridge",
        "free for research",
        "96.2 % CNN with a map (Lawrence et al., 1997); 90.0 % nearest neighbour",
        (files.local("orl_faces.npz"),),
        stored.orl_faces,
    ),
    Entry(
        "cmu_faces",
        "624 faces in four poses, 30 x 32",
        "images",
        _LABELS,
        "T. Mitchell, UCI repository",
        "CC BY 4.0",
        "90 % of poses, 960-3-4 network (Mitchell, 1997)",
        (files.local("cmu_faces.npz"),),
        stored.cmu_faces,
    ),
    Entry(
        "ecg5000",
        "5000 heart beats of 140 samples, five classes",
        "sequences",
        _LABELS,
        "UCR archive, PhysioNet",
        "ODC-BY 1.0",
        "92.5 % nearest neighbour (UCR archive)",
        (files.local("ecg5000.npz"),),
        stored.ecg5000,
    ),
    Entry(
        "basic_motions",
        "80 motions, six channels of 100 samples",
        "sequences",
        _LABELS,
        "UEA archive",
        "free for research",
        "100 % nearest neighbour with time warping (Bagnall et al., 2018); 60 % without",
        (files.local("basic_motions.npz"),),
        stored.basic_motions,
    ),
    Entry(
        "influenza_1978",
        "14 days of influenza at a boarding school",
        "table",
        _NUMBERS,
        "R package outbreaks (BMJ, 4 March 1978)",
        "MIT",
        "RMSE 17 of the fitted SIR model",
        (files.local("influenza_england_1978_school.csv"),),
        stored.influenza_1978,
    ),
    _uci("boston", "506 Boston suburbs, house value", "2.90"),
    _uci("concrete", "1030 concretes, strength", "4.82"),
    _uci("energy", "768 buildings, heating load", "0.54"),
    _uci("kin8nm", "8192 poses of a robot arm, distance", "0.08"),
    _uci("power", "9568 hours of a power plant, output", "4.01"),
    _uci("wine_red", "1599 red wines, quality", "0.62"),
    _uci("yacht", "308 yacht hulls, resistance", "0.67"),
    Entry(
        "tinyshakespeare",
        "a million characters of Shakespeare",
        "text",
        "generation",
        "karpathy/char-rnn",
        "public domain",
        "1.4697 nats a character, small transformer (nanoGPT)",
        (files.TINYSHAKESPEARE,),
    ),
    Entry(
        "cora",
        "2708 papers and their citations",
        "graph",
        _LABELS,
        "McCallum et al. (2000), split of Yang et al. (2016)",
        "none stated",
        "81.5 % GCN, 55.1 % without the graph (Kipf and Welling, 2017)",
        (files.local("cora.npz"),),
    ),
    Entry("karate_club", "34 members of a club that split in two", "graph", _LABELS, "Zachary (1977)", "facts"),
)
CATALOGUE = {e.name: e for e in _ENTRIES}
