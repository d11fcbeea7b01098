"""Rooms without a page: their numbers are those of Python."""

import io
import json
import warnings
import zipfile

import numpy as np
import pytest
from PIL import Image

from neuralzoo.callbacks import Callback
from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.models import load_model
from neuralzoo.play import limits, work
from neuralzoo.play.problems import CLASSES, problem
from neuralzoo.play.rooms import OWN, chart, room
from neuralzoo.play.tasks import pictures_of_bytes
from neuralzoo.play.training import Training
from neuralzoo.train.callbacks.base import listening
from neuralzoo.zoo import members
from playground_talk import run, same_weights, unpack

SMALL = {"layers": [3], "rows": 40, "batch": 4}


@pytest.fixture(scope="module")
def network():
    """A network that learned for a while, the rate being changed twice."""
    made = room("network")(SMALL)
    made.advance(7)
    made.change("rate", 0.03)
    made.turn()
    made.change("rate", 0.3)
    made.advance(12)
    return made


def test_the_written_program_makes_the_same_weights_bit_for_bit(network, tmp_path):
    run(network.program(), tmp_path)
    loaded = load_model(tmp_path / "network.nz")
    same_weights(loaded, network.model())
    assert loaded.count == network.model().count == network.training.steps


def own_pattern(made):
    made.ask("draw", {"pixels": [1.0, -1.0] * 72})
    made.ask("store", {})


STATES = {
    "hopfield": {"letters": "AX A"},
    "kohonen": {"side": 4},
    "letters": {"units": 8, "net": "gru"},
    "markov": {"smoothing": "kneser-ney"},
    "ntm": {"units": 8},
    "rbm": {"units": 4, "chains": "persistent"},
    "spiking": {"units": 10, "time": 10},
    "svm": {"c": 0.35},
}
DONE = {"hopfield": own_pattern, "gcn": lambda made: made.ask("label", {"member": 5})}


@pytest.mark.parametrize("key", [kind.key for kind in OWN if kind.key != "network"])
def test_every_rooms_program_makes_the_model_that_the_room_saves(key, tmp_path, monkeypatch):
    made = room(key)(STATES.get(key, {}))
    DONE.get(key, lambda made: None)(made)
    made.advance(made.epoch_steps + 2 if made.epoch_steps <= 32 else 3)
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings(action="ignore"):  # of members that learned little
        exec(compile(made.program(), "program.py", "exec"), {"__name__": "__main__"})
    (saved,) = tmp_path.glob("*.nz")
    loaded = load_model(saved)
    assert type(loaded) is type(made.model())
    for a, b in zip(loaded.get_weights(), made.model().get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)  # pieces of other lengths are other programs, which may round otherwise
    assert loaded.count == made.model().count


def test_a_saved_model_opens_in_its_room_and_goes_on_as_if_nothing_had_been(network):
    saved = work.export(network, "model").arrays["bytes"]
    opened = work.opened_file(room("network")({}), "my network.nz", saved)
    assert opened.state == network.state and opened.rates == network.rates
    twin = work.opened_file(room("network")({}), "twin.nz", saved)
    for one in (opened, twin):
        one.advance(5)
    same_weights(opened.model(), twin.model())
    assert opened.training.steps == network.training.steps + 5


def test_steps_in_pieces_of_any_length_are_those_of_fit(network):
    x, y = problem("circle", 40)[0]

    def fresh():
        return room("network")(SMALL).training.model

    fitted, pieces = fresh(), Training(fresh(), (x, y), (x, y), 4)
    fitted.fit(x, y, batch_size=4, epochs=6, verbose=0)
    for steps in (1, 3, 9, 2, 15):
        pieces.advance(steps)
    same_weights(fitted, pieces.model)
    assert pieces.epoch == 6


def test_what_is_measured_is_what_evaluate_says(network):
    frame, model = network.frame(), network.model()
    for readings, rows in ((frame.head["learned"], network.task.training), (frame.head["validated"], network.task.validation)):
        for name, value in model.evaluate(*rows, return_dict=True).items():
            assert readings[name] == pytest.approx(value, rel=1e-5)


def test_a_neurons_picture_is_what_it_says_over_the_plane(network):
    frame = unpack(network.frame().pack())
    side, points = frame["side"], network.task.plane(frame["side"], (0, 1))
    dense = network.dense[0]
    np.testing.assert_allclose(frame.arrays["heat"][2:5].reshape(3, -1).T, np.tanh(points @ dense.kernel + dense.bias), atol=1e-5)
    np.testing.assert_array_equal(frame.arrays["heat"][0].ravel(), points[:, 0])
    assert points[0].tolist() == pytest.approx([-1.1, 1.1]) and frame.arrays["heat"].shape == (6, side, side)
    np.testing.assert_array_equal(frame.arrays["weights"], np.concatenate([np.ravel(layer.kernel) for layer in network.dense]))


def test_sliders_of_the_data_compile_nothing():
    from neuralzoo.train import program

    made = room("network")(SMALL)
    made.advance(2), made.frame()
    before = program.assess._cache_size()
    for name, value in (("rows", 100), ("noise", 0.3), ("share", 0.7), ("problem", "xor"), ("seed", 3)):
        made.change(name, value)
        made.frame()
    assert program.assess._cache_size() == before


def test_a_setting_that_cannot_be_leaves_the_room_as_it_was(network):
    before = dict(network.state)
    for name, value in (("problem", "own"), ("layers", [256] * 40), ("rate", 7.0), ("nothing", 1)):
        with pytest.raises((ArgumentError, DataError)):
            network.change(name, value)
    assert network.state == before


@pytest.mark.parametrize("name", CLASSES)
def test_problems_are_seeded_and_of_the_kind_they_say(name):
    (x, y), (other, y_other) = problem(name, 90, 0.0, 0.5, seed=1)
    np.testing.assert_array_equal(x, problem(name, 90, 0.0, 0.5, seed=1)[0][0])
    assert x.shape == other.shape == (45, 2) and y.dtype == np.float32
    assert np.abs(np.concatenate([x, other])).max() < 1.7
    classes = set(np.concatenate([y, y_other]).tolist())
    assert classes == set(map(float, range(CLASSES[name]))) if CLASSES[name] else len(classes) > 80


def test_kohonens_room_learns_as_fit_does():
    made = room("kohonen")({"side": 4})
    made.advance(10**6)
    assert made.over
    again = type(made.map)((4, 4), rule="online", radius=4.0, rate=0.5, decay="linear", start="rows", seed=0)
    again.fit(made.rows, batch_size=20, epochs=25, verbose=0)
    same_weights(made.map, again)


def test_recall_ends_where_the_network_says_and_its_energy_never_rises():
    made = room("hopfield")({"letters": "NETZ", "spoilt": 0.2})
    made.advance(10**4)
    assert made.over and np.all(np.diff(made.energies) < 1e-4)
    start = made.spoiled(made.patterns[1])
    made.begin_from(start)
    made.advance(10**4)
    np.testing.assert_array_equal(made.now, made.memory.recall(start[None])[0])


def test_the_margin_narrows_as_c_grows():
    made = room("svm")({"c": -2.0})
    widths = []
    for c in (-2.0, 0.0, 2.0):
        made.change("c", c)
        widths.append(made.frame().head["margin"])
    assert widths[0] > widths[1] > widths[2]


def test_a_chain_writes_only_what_it_has_seen():
    made = room("markov")({"order": 3})
    made.advance(60)
    text = made.state["text"]
    assert all(made.written[i : i + 4] in text for i in range(len(made.written) - 3))


def test_the_reservoir_stays_with_the_series_it_has_heard():
    made = room("esn")({"series": "sine"})
    made.advance(60)
    assert made.frame().head["error"] < 0.05


def test_a_drawing_is_brought_to_the_size_of_the_digits():
    from neuralzoo.play.rooms.pictures import as_digit

    small, large = np.zeros((32, 32), np.float32), np.zeros((32, 32), np.float32)
    small[3:13, 5:8] = 1
    large[1:31, 12:21] = 1
    assert as_digit(small).shape == (8, 8, 1) and np.abs(as_digit(small) - as_digit(large)).max() < 0.5
    assert not as_digit(np.zeros((32, 32))).any()


def test_pictures_of_ones_own_are_learned():
    from neuralzoo.data.dataset import dataset_from_arrays

    rng = np.random.default_rng(0)
    y = np.arange(60) % 2
    x = rng.integers(0, 60, (60, 40, 30, 3), dtype=np.uint8) + np.where(y, 150, 0).astype(np.uint8)[:, None, None, None]
    own = dataset_from_arrays(x, np.array(["dark", "light"])[y], kind="images")
    made = room("digits")({"problem": "own", "first": 2, "second": 4}, own)
    first = made.frame().head["validated"]["loss"]
    made.advance(20)
    assert made.frame().head["validated"]["loss"] < first and made.labels == ("dark", "light")
    assert made.picture.shape == (32, 24, 3) and unpack(made.scene().pack()).arrays["pictures"].shape[1:] == (32, 24)
    with pytest.raises(DataError):
        room("digits")({"problem": "own"})


def packed(pictures):
    """A ZIP archive of files, as bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in pictures.items():
            archive.writestr(name, data)
    return out.getvalue()


def picture(shade, size=(30, 40)):
    out = io.BytesIO()
    Image.new("RGB", size, (shade, shade, shade)).save(out, format="png")
    return out.getvalue()


def test_an_archive_of_pictures_is_opened_from_the_page(tmp_path):
    files = {f"mine/{'light' if i % 2 else 'dark'}/{i}.png": picture(60 + 3 * i + 100 * (i % 2)) for i in range(30)}
    made = room("digits")({"first": 2, "second": 4})
    work.opened_file(made, "mine.zip", packed({**files, "__MACOSX/mine/dark/._0.png": b"", "mine/.DS_Store": b"x"}))
    assert made.labels == ("dark", "light") and made.state["problem"] == "own" and made.picture.shape == (32, 24, 3)
    made.advance(3)
    with zipfile.ZipFile(io.BytesIO(packed(files))) as archive:
        archive.extractall(tmp_path)
    run(made.program(), tmp_path)
    same_weights(load_model(tmp_path / "digits.nz"), made.model())


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a/1.png": picture(3), "b/2.png": b"no picture"}, "2.png"),
        ({"1.png": picture(3)}, "outside of folders"),
        ({}, "outside of folders"),
        ({"a/1.png": picture(3), "b/huge.png": b"0" * (2**20 + 1)}, "1 MB"),
        ({"a/1.png": picture(3), "b/wide.png": picture(0, (300, 300))}, "million pixels"),
    ],
)
def test_an_archive_that_cannot_be_is_refused_and_the_room_stays(files, said, monkeypatch):
    monkeypatch.setattr(limits, "UNPACKED", 2**20)
    monkeypatch.setattr(limits, "PIXELS", 2**16)
    made = room("digits")({"first": 2, "second": 4})
    made.advance(1)
    with pytest.raises(DataError, match=said) as raised:
        work.opened_file(made, "mine.zip", packed(files))
    assert "tmp" not in str(raised.value)
    assert made.state["problem"] == "digits" and made.lesson.steps == 1
    with pytest.raises(DataError, match="no ZIP archive"):
        work.opened_file(made, "mine.zip", b"PK nonsense")


def test_names_in_an_archive_lead_nowhere(tmp_path):
    names = ("../../../a/../b/1.png", "/etc/c/2.png", "..\\..\\d/3.png")
    held = pictures_of_bytes("x.zip", packed({name: picture(9 * i) for i, name in enumerate(names)}))
    assert sorted(held.class_names) == ["b", "c", "d"] and len(held) == 3


def test_pictures_of_one_name_in_several_folders_are_all_there():
    names = (f"{side}/{label}/1.png" for side in ("train", "test") for label in "ab")
    held = pictures_of_bytes("x.zip", packed({name: picture(9 * i) for i, name in enumerate(names)}))
    assert sorted(zip(held.y, held.x.mean((1, 2, 3)), strict=True)) == [("a", 0), ("a", 18), ("b", 9), ("b", 27)]


def test_no_picture_takes_the_place_of_one_whose_name_ends_in_a_number():
    names = ("test/a/1 2.png", "test/a/1.png", "train/a/1.png")
    held = pictures_of_bytes("x.zip", packed({name: picture(9 * i) for i, name in enumerate(names)} | {"test/b/1.png": picture(27)}))
    assert sorted(held.x.mean((1, 2, 3))) == [0, 9, 18, 27]


def test_every_member_has_a_room_drawn_from_its_card():
    listed = {about["key"]: about for about in chart()["rooms"]}
    assert set(members) <= set(listed) and {kind.key for kind in OWN} <= set(listed)
    for key, kind in members.items():
        assert listed[key]["name"] == kind.card.name and listed[key]["year"] == kind.card.year
    json.dumps(listed)


def test_any_saved_member_is_shown_as_a_file(tmp_path):
    hebb = members["oja"](seed=0)
    hebb.fit(np.random.default_rng(0).normal(size=(40, 2)), epochs=1, verbose=0)
    hebb.save(tmp_path / "oja.nz")
    shown = work.opened_file(room("network")({}), "oja.nz", (tmp_path / "oja.nz").read_bytes())
    scene = unpack(shown.scene().pack())
    assert scene["kind"] == "Oja" and "principal" in scene["card"] and scene.arrays["weights:0"].size


def test_fits_of_others_are_heard_and_only_inside():
    class Ear(Callback):
        heard = 0

        def on_epoch_end(self, epoch, logs=None):
            Ear.heard += 1

    x, y = problem("circle", 40)[0]
    model = room("network")(SMALL).training.model
    with listening(Ear()):
        model.fit(x, y, epochs=2, verbose=0)
    model.fit(x, y, epochs=2, verbose=0)
    assert Ear.heard == 2
