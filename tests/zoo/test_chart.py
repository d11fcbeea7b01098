"""The chart has no empty place, and the gallery says what the cards say."""

import runpy
from pathlib import Path

from commands import call
from neuralzoo.zoo import chart, members
from neuralzoo.zoo.chart import CHART, ELSEWHERE, missing

DOCS = Path(__file__).parents[2] / "docs"
PLACES = [
    "P", "FF", "RBF", "DFF", "RNN", "LSTM", "GRU", "AE", "VAE", "DAE", "SAE", "MC", "HN", "BM", "RBM", "DBN", "DCN", "DN", "DCIGN",
    "GAN", "LSM", "ELM", "ESN", "DRN", "KN", "SVM", "NTM",
]  # fmt: skip


def test_every_place_of_the_chart_is_taken():
    assert [place for places in CHART.values() for place in places] == PLACES
    assert missing() == []


def test_every_network_stands_in_one_row_in_the_charts_order():
    rows = dict(chart())
    assert sorted(kind.card.key for kinds in rows.values() for kind in kinds) == sorted(members)
    for row, places in CHART.items():
        shorts = [kind.card.short for kind in rows[row]]
        assert list(dict.fromkeys(shorts)) == [place for place in places if place in shorts]
    years = [kind.card.year for kind in rows[ELSEWHERE]]
    assert years == sorted(years) and not {kind.card.short for kind in rows[ELSEWHERE]} & set(PLACES)


def test_the_list_goes_by_the_chart(capsys):
    code, out, _ = call(capsys, "zoo")
    assert code == 0
    places = [out.index(f"\n{place} ") for place in PLACES if place not in missing()]
    assert places == sorted(places)


def test_the_gallery_is_up_to_date_with_the_cards():
    """Run `python docs/build_gallery.py` where this fails."""
    assert runpy.run_path(str(DOCS / "build_gallery.py"))["page"]() == (DOCS / "gallery.md").read_text(encoding="utf-8")


def test_the_gallery_has_a_picture_of_every_network_and_none_else():
    pictures = list((DOCS / "images" / "gallery").glob("*.png"))
    assert {path.stem for path in pictures} == set(members)
    assert sum(path.stat().st_size for path in pictures) < 3 * 2**20
