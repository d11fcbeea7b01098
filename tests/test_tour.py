"""The guided tour says what the library does: its snippets run, print what stands there, and every picture and link is there."""

import importlib.util
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
SPEC = importlib.util.spec_from_file_location("build_tour", DOCS / "build_tour.py")
assert SPEC and SPEC.loader
tour = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(tour)

PAGES = {page.stem: page for page in tour.PAGES}
LINK = re.compile(r"\]\(([^)#]+)(?:#([^)]+))?\)")
LIMIT = 2 * 2**20  # bytes of pictures


@pytest.mark.parametrize("name", [name for name in PAGES if name != "README"])
def test_a_page_says_what_its_snippets_print(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = list(tour.run(PAGES[name]))
    assert done
    for block, printed, value in done:
        said = block["said"] or ""
        assert tour.same(said, printed, bool(block["about"])), (
            f"python docs/build_tour.py {name}, or mend:\n{block['code']}\n{said}\n{printed}"
        )
        assert not block["file"] or value is not None, f"nothing to draw for {block['file']}"
    assert not any(tmp_path.iterdir()), "a snippet leaves files behind"


def test_every_block_of_python_is_run():
    assert all(page.read_text(encoding="utf-8").count("```python") == len(tour.BLOCK.findall(page.read_text(encoding="utf-8")))
               for page in PAGES.values())  # fmt: skip


def test_every_link_leads_somewhere():
    for page in [*PAGES.values(), DOCS.parent / "README.md"]:
        for target, _ in LINK.findall(page.read_text(encoding="utf-8")):
            assert "://" in target or (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_picture_is_shown_has_words_and_they_are_small():
    shown = {m["file"]: m["alt"] for page in PAGES.values() for m in tour.BLOCK.finditer(page.read_text(encoding="utf-8")) if m["file"]}
    files = {f"images/tour/{path.name}": path for path in (DOCS / "images" / "tour").iterdir()}
    assert set(files) == set(shown) and all(len(words) > 10 for words in shown.values())
    assert sum(path.stat().st_size for path in files.values()) < LIMIT


@pytest.mark.parametrize(
    ("said", "printed", "about", "alike"),
    [
        ("loss 0.41\n", "loss 0.42\n", False, True),
        ("loss 0.41\n", "loss 0.44\n", False, False),
        ("loss 0.41\n", "loss 0.44\n", True, True),
        ("loss 0.41\n", "cost 0.41\n", True, False),
        ("3 of 4", "4 of 4", False, False),
        ("−4", "4", False, False),
        ("1.8e-07", "1.9e-07", False, True),
        ("1.8e-07", "2.1e-07", False, False),
        ("951", "952", False, False),
    ],
)
def test_numbers_are_the_same_to_their_last_digit(said, printed, about, alike):
    assert tour.same(said, printed, about) is alike
