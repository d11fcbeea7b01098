"""The page in a real browser: every room opens and learns, and shows the numbers of Python."""

import json
import time
from urllib.parse import parse_qs

import numpy as np
import pytest

from neuralzoo.models import load_model
from neuralzoo.play.rooms import room
from playground_talk import run, same_weights

LEARNING = {  # room: (its settings, what falls or rises, whether it falls)
    "network": ("layers=3&rows=60&rate=0.3", "loss", True),
    "kohonen": ("side=4", "loss", True),
    "rbm": ("units=8", "loss", True),
    "spiking": ("units=20&time=10", "loss", True),
    "letters": ("units=16&net=lstm", "loss", True),
    "vae": ("units=16", "loss", True),
    "digits": ("first=2&second=4", "loss", True),
    "hopfield": ("letters=NETZ", "loss", True),
    "svm": ("c=-1", "margin", True),
    "markov": ("order=2", "written", False),
    "esn": ("units=20", "step", False),
    "ntm": ("units=8&longest=2", "loss", True),
    "gan": ("rate=0.002", "step", False),
    "gcn": ("hidden=4", "loss", True),
}


@pytest.fixture
def opened(browser, port):
    pages = []

    def open_(hash_="room=network", **settings):
        page = browser.page(f"http://127.0.0.1:{port}/#{hash_}", **settings)
        pages.append(page)
        page.until("document.body.dataset.frames > 0", 60)
        return page

    yield open_
    for page in pages:
        assert page.said == []
        assert all(url.startswith((f"http://127.0.0.1:{port}/", f"ws://127.0.0.1:{port}/", "blob:", "data:")) for url in page.requests)
        page.close()


def number(page, name):
    return float(page.run(f"document.body.dataset.{name}"))


@pytest.mark.parametrize("key", LEARNING)
def test_a_room_opens_and_learns(opened, key):
    settings, name, falls = LEARNING[key]
    page = opened(f"room={key}&{settings}&pace=fast")
    page.click("#play")
    page.until(f"document.body.dataset.frames > 2 && document.body.dataset.{name} > -1e9", 60)
    first = number(page, name)
    page.until(f"document.body.dataset.{name} {'<' if falls else '>'} {first}", 60)
    assert page.run("document.body.dataset.room") == key


def test_a_member_without_a_room_runs_its_example(opened):
    page = opened("room=oja")
    page.click("#play")
    assert int(page.until("document.body.dataset.picture", 60)) > 5000
    assert "principal" in page.run("document.querySelector('.said').textContent")


def test_clicking_an_edge_shows_the_number_that_trace_gives(opened):
    from neuralzoo.inspect.tracing import trace

    page = opened("room=network&layers=3&rows=60")
    page.click("#epoch")
    page.until("document.body.dataset.step > 0")
    page.click('path[data-edge="0:1:2"]')
    shown = page.until("document.getElementById('edge-gradient')?.dataset.value", 60)
    twin = room("network")({"layers": [3], "rows": 60})
    twin.advance(int(number(page, "step")))
    (x, y), model = twin.task.training, twin.model()
    wanted = trace(model, x[:1], y[:1])["dense"]["kernel"].gradient[1, 2]
    assert np.float32(shown) == pytest.approx(wanted, rel=1e-5)


def test_forward_and_backward_light_one_layer_after_the_other(opened):
    page = opened("room=network&layers=3&rows=60")
    page.run("[...document.querySelectorAll('.inspector button')].find(b => b.textContent.startsWith('Layer')).click()")
    lit = []
    for _ in range(5):
        page.until("document.querySelectorAll('.neuron.lit').length", 60)
        lit.append(page.run("document.querySelector('.neuron.lit').dataset.neuron.split(':')[0]"))
        page.run("[...document.querySelectorAll('.inspector button')].find(b => b.textContent.startsWith('Layer')).click()")
    assert lit == ["0", "1", "2", "2", "1"]
    assert page.run("[...document.querySelectorAll('.neuron .value')].some(v => v.textContent.startsWith('δ'))")


def test_the_address_holds_the_whole_state(opened):
    page = opened("room=network&layers=3&rows=60")
    page.run("const s = document.getElementById('set-problem'); s.value = 'xor'; s.dispatchEvent(new Event('change'))")
    page.run("const n = document.getElementById('set-noise'); n.value = 0.2; n.dispatchEvent(new Event('change'))")
    page.run("document.querySelector('input[value=\"sin πx1\"]').click()")
    page.click("#theme")
    page.until("location.hash.includes('theme') && location.hash.includes('noise')")
    hash_ = page.run("location.hash")[1:]
    told = {name: value for name, (value,) in parse_qs(hash_).items()}
    assert told == {
        "room": "network",
        "problem": "xor",
        "noise": "0.2",
        "rows": "60",
        "inputs": "x1,x2,sin πx1",
        "layers": "3",
        "theme": "dark",
    }
    again = opened(hash_)
    assert again.run("document.getElementById('set-problem').value") == "xor"
    assert again.run("document.documentElement.dataset.theme") == "dark"
    time.sleep(0.3)
    assert again.run("location.hash")[1:] == hash_


def test_nonsense_in_the_address_is_left_out(opened):
    page = opened("room=network&layers=x&rows=1e9&noise=&problem=%3Cscript%3E&colour=red")
    assert page.run("document.getElementById('set-problem').value") == "circle"


def test_the_saved_program_makes_the_saved_model(opened, tmp_path):
    page = opened("room=network&layers=3&rows=60")
    page.tell("Page.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    page.click("#epoch")
    page.until("document.body.dataset.step > 0")
    for i, name in enumerate(("network.py", "network.nz", "network.png")):
        page.click("#save")
        page.run(f"document.querySelectorAll('#save-menu button')[{i}].click()")
        until = time.monotonic() + 20
        while not (tmp_path / name).exists() and time.monotonic() < until:
            time.sleep(0.05)
    saved = load_model(tmp_path / "network.nz")
    made = tmp_path / "fresh"
    made.mkdir()
    run((tmp_path / "network.py").read_text(), made)
    same_weights(load_model(made / "network.nz"), saved)
    assert (tmp_path / "network.png").read_bytes().startswith(b"\x89PNG")


THREE = [(9, 7), (14, 4), (20, 6), (21, 11), (15, 15), (21, 18), (22, 24), (15, 28), (9, 25)]


def test_a_drawn_three_is_read(opened):
    page = opened("room=digits&pace=fast&dropout=0")
    page.click("#play")
    page.until("document.body.dataset.right > 0.96", 120)
    page.click("#play")
    strokes = json.dumps(THREE)
    page.run(f"""(() => {{
        const pad = document.querySelector('.pad'), box = pad.getBoundingClientRect();
        pad.setPointerCapture = () => {{}};
        const at = (v, from, size) => from + v / 32 * size;
        const place = ([x, y]) => ({{pointerId: 1, clientX: at(x, box.left, box.width), clientY: at(y, box.top, box.height)}});
        const fire = (kind, where) => pad.dispatchEvent(new PointerEvent(kind, place(where)));
        const strokes = {strokes};
        fire('pointerdown', strokes[0]);
        strokes.forEach((at) => fire('pointermove', at));
        fire('pointerup', strokes.at(-1));
    }})()""")
    page.until("document.body.dataset.answer === '3'", 30)


def test_the_keyboard_reaches_everything(opened):
    page = opened("room=network&layers=3&rows=60")
    page.run("document.body.focus()")
    for key, code in (("s", "KeyS"), ("e", "KeyE")):
        before = number(page, "step")
        page.tell("Input.dispatchKeyEvent", type="keyDown", key=key, code=code, text=key)
        page.until(f"document.body.dataset.step > {before}")
    reached = set()
    for _ in range(70):
        page.tell("Input.dispatchKeyEvent", type="keyDown", key="Tab", code="Tab", windowsVirtualKeyCode=9)
        reached.add(page.run("document.activeElement.id || document.activeElement.className"))
    assert {
        "choose",
        "save",
        "import",
        "theme",
        "play",
        "step",
        "epoch",
        "reset",
        "set-problem",
        "set-layers",
        "neuron",
        "square",
    } <= reached


@pytest.mark.parametrize(("width", "height"), [(390, 800), (820, 1100), (1920, 1080)])
def test_nothing_is_wider_than_the_screen(opened, width, height):
    page = opened("room=network&layers=8-8", width=width, height=height, dark=width == 820)
    assert page.run("document.documentElement.scrollWidth") <= width
    assert page.run("document.documentElement.dataset.theme") == ("dark" if width == 820 else "light")
    assert float(page.run("getComputedStyle(document.body).fontSize").removesuffix("px")) >= 15
