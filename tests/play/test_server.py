"""The server: who may talk to it, what it takes, and what it keeps."""

import gc
import http.client
import json
import re
import struct
import time
import weakref
from contextlib import closing

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed, InvalidStatus

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.play import limits
from neuralzoo.play.guard import Guard
from neuralzoo.play.server import static_files
from neuralzoo.play.wire import Frame, read_file, read_text
from playground_talk import Talk, unpack


def asked(port, path="/", method="GET", **headers):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as line:
        line.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": f"127.0.0.1:{port}", **headers}.items():
            line.putheader(name, value)
        line.endheaders()
        reply = line.getresponse()
        return reply.status, dict(reply.getheaders()), reply.read()


def test_every_file_comes_with_a_policy_that_allows_no_other_host(port):
    for path in ("", *static_files()):
        status, headers, _ = asked(port, f"/{path}")
        policy = headers["content-security-policy"]
        assert status == 200 and "default-src 'none'" in policy and "unsafe" not in policy
        assert set(re.findall(r"\w+://[^ ;]+", policy)) == {f"ws://127.0.0.1:{port}"}
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"


def test_the_page_holds_no_inline_code_and_names_no_other_host():
    for path, (content, _) in static_files().items():
        text = content.decode()
        assert not re.findall(r"(?:https?|wss?)://(?!\$\{location|www\.w3\.org/2000/svg)", text), path
        assert path != "index.html" or not re.search(r"<style|style=|onclick=|<script(?![^>]*src=)", text)


@pytest.mark.parametrize(
    "path", ["/../session.py", "/%2e%2e/session.py", "/rooms/../../wire.py", "/..%2f..%2fpyproject.toml", "//etc/passwd"]
)
def test_no_path_leads_out(port, path):
    assert asked(port, path)[0] == 404


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1:1", "", "127.0.0.1:{port}@evil.example", "[::1"])
def test_a_foreign_host_is_refused(port, host):
    status, headers, body = asked(port, Host=host.format(port=port))
    assert status == 403 and b"refused" in body and "content-security-policy" not in headers


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1:{port}", "http://127.0.0.1:1"])
def test_a_page_of_another_origin_opens_no_session(port, origin):
    assert asked(port, Origin=origin.format(port=port))[0] == 403
    with pytest.raises(InvalidStatus):
        Talk(port, origin.format(port=port))


def remedied(job):
    """What a job returns; None where it is refused with a remedy."""
    try:
        return job()
    except DataError as error:
        return None if error.remedy else error


def judged(guard, headers, query=b"", kind="websocket"):
    return guard.judge(headers, {"type": kind, "query_string": query})


def test_bound_elsewhere_the_token_is_needed():
    guard = Guard(None, "0.0.0.0", 80, "secret")
    at_home = {"host": "192.168.1.7", "origin": "http://192.168.1.7"}
    assert "token" in judged(guard, at_home)[0]
    assert "token" in judged(guard, at_home, b"token=secre")[0]
    assert judged(guard, at_home, b"token=secret") == ("", True)
    assert judged(guard, {**at_home, "cookie": "neuralzoo-playground=secret"}) == ("", False)
    assert judged(guard, {**at_home, "cookie": "neuralzoo-playground=other; ;=\x00"})[0]
    assert judged(guard, {**at_home, "origin": "http://evil.example"}, b"token=secret")[0]


def test_without_an_origin_no_session_is_opened():
    assert judged(Guard(None, "127.0.0.1", 80), {"host": "127.0.0.1"})[0]


@given(st.binary(max_size=200))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_a_file_or_refused(raw):
    head = remedied(lambda: read_file(raw)[0])
    assert head is None or isinstance(head["do"], str)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=8),
        lambda c: st.lists(c, max_size=3) | st.dictionaries(st.text(max_size=5), c, max_size=3),
    )
)
@settings(max_examples=60, deadline=None)
def test_any_text_is_a_message_or_refused(value):
    message = remedied(lambda: read_text(json.dumps(value)))
    assert message is None or isinstance(message["do"], str)
    with pytest.raises(DataError):
        read_text("[" * 5000)


WORDS = st.sampled_from(["open", "set", "play", "pause", "step", "reset", "ask", "export", "upload", "drawn", "pace", "nonsense"])
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 10**9), st.floats(), st.text(max_size=6), st.lists(st.integers(-3, 3), max_size=4)
)
NAMES = st.sampled_from(["layers", "rate", "problem", "inputs", "noise", "__class__", "seed"])


@given(st.lists(st.tuples(WORDS, NAMES, VALUES), max_size=6))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_message_breaks_a_session(talk, messages):
    for do, name, value in messages:
        if do != "open" and (do, name) not in (("set", "layers"), ("set", "inputs")):  # those that compile take too long here
            talk.say(do, name=name, value=value, room=value, state=value, what=value, id=None)
    talk.say("ask", what="rows", id=77)
    while (frame := talk.hear()).get("id") != 77:
        pass
    assert frame["kind"] == "file"


@pytest.fixture(scope="module")
def talk(port):
    with Talk(port) as talk:
        talk.open("network", layers=[2], rows=40)
        yield talk


def test_what_is_wrong_with_a_message_is_said(port):
    with Talk(port) as talk:
        for raw, word in (("nonsense", "JSON"), ("[1]", "do"), (b"\xff\xff\xff\x7fabc", "head"), ('{"do": "play"}', "room")):
            talk.socket.send(raw)
            error = talk.hear()
            assert error["kind"] == "error" and word in json.dumps(error) and error["remedy"]
        talk.say("open", room="hopfeld", state={})
        assert "network" in talk.hear("error")["remedy"]
        talk.say("open", room="network", state={"layers": [257]})
        assert "256" in talk.hear("error")["remedy"]


def test_files_that_are_too_large_or_foreign_are_refused(talk):
    talk.file("notes.exe", b"MZ")
    assert "CSV" in talk.hear("error")["remedy"]
    talk.file("model.nz", b"PK\x03\x04 not a model")
    assert talk.hear("error")["name"] == "FormatError"
    with pytest.raises(DataError, match="MiB"):
        read_file(b"\0" * (limits.UPLOAD + 1))


def test_a_network_too_large_is_refused_and_the_old_one_stays(talk):
    before = talk.open("network", layers=[2], rows=40)[2].arrays["weights"]
    talk.say("set", name="layers", value=[256] * 40)
    assert "weights are too many" in talk.hear("error")["what"]
    talk.say("step")
    assert talk.hear("frame")["step"] == 1 and before.shape == (6,)


def test_a_file_beyond_the_limit_closes_the_session(port):
    with Talk(port) as talk:
        talk.file("big.csv", b"1,2\n" * (limits.UPLOAD // 3))
        with pytest.raises(ConnectionClosed):
            talk.hear(seconds=20)


def test_a_table_of_ones_own_is_learned(talk):
    rng = np.random.default_rng(0)
    rows = "\n".join(f"{a:.3f},{b:.3f},{'red' if a + b > 0 else 'blue'}" for a, b in rng.normal(size=(60, 2)))
    talk.open("network", layers=[2])
    talk.file("my table.csv", f"width,height,colour\n{rows}\n".encode())
    room, scene = talk.hear("room"), talk.hear("scene")
    assert room["state"]["problem"] == "own" and scene["names"] == ["width", "height"] and set(scene["labels"]) == {"red", "blue"}
    first = talk.hear("frame")["learned"]["loss"]
    for _ in range(10):
        talk.say("epoch")
        last = talk.hear("frame")["learned"]["loss"]
    assert last < first


def test_frames_keep_every_bit_and_a_nan():
    sent = np.array([[1 / 3, np.nan], [np.inf, -0.0]], np.float32)
    frame = unpack(Frame("frame", {"loss": float("nan"), "word": "é"}, {"a": sent, "raw": b"abc", "b": sent[:1]}).pack())
    np.testing.assert_array_equal(frame.arrays["a"], sent)
    np.testing.assert_array_equal(frame.arrays["b"], sent[:1])
    assert frame["loss"] == "NaN" and frame["word"] == "é" and bytes(frame.arrays["raw"]) == b"abc"


def test_closing_the_page_stops_the_training_and_frees_the_room(port, monkeypatch):
    from neuralzoo.play import work

    kept, opening = [], work.open_room

    def noted(*told):
        room = opening(*told)
        kept.append(weakref.ref(room))
        return room

    monkeypatch.setattr(work, "open_room", noted)
    with Talk(port) as talk:
        talk.open("network", layers=[2], rows=40)
        talk.say("play")
        assert talk.hear("frame")["step"] > 0 and kept[0]() is not None
    until = time.monotonic() + 10
    while kept[0]() is not None and time.monotonic() < until:
        gc.collect()
        time.sleep(0.05)
    assert kept[0]() is None


def test_a_page_that_draws_nothing_is_sent_no_more_than_two_frames(port):
    with Talk(port) as talk:
        talk.open("network", layers=[2], rows=40)
        talk.say("drawn")
        talk.say("play")
        talk.hear("state")
        seen = [talk.hear("frame")["step"] for _ in range(2)]
        with pytest.raises(TimeoutError):
            talk.hear("frame", seconds=0.5)
        talk.say("drawn", count=2)
        assert talk.hear("frame", seconds=5)["step"] > seen[1] + 2


def test_sessions_are_bounded_and_each_keeps_its_own(port, monkeypatch):
    monkeypatch.setattr(limits, "SESSIONS", 3)
    with Talk(port) as one, Talk(port) as two:
        one.open("network", layers=[2], rows=40, seed=1)
        two.open("network", layers=[2], rows=40, seed=2)
        one.say("step"), two.say("step")
        weights = [talk.hear("frame").arrays["weights"] for talk in (one, two)]
        assert not np.array_equal(*weights)
        monkeypatch.setattr(limits, "SESSIONS", 1)
        with Talk(port) as third, pytest.raises(ConnectionClosed) as closed:
            third.hear(seconds=10)
        assert closed.value.rcvd.code == 1013


def test_an_idle_page_is_let_go(port, monkeypatch):
    monkeypatch.setattr(limits, "IDLE_SECONDS", 0.2)
    with Talk(port) as talk, pytest.raises(ConnectionClosed) as closed:
        talk.hear(seconds=10)
    assert closed.value.rcvd.code == 4000 and closed.value.rcvd.reason == "idle"


def test_training_that_nobody_sees_is_paused(port, monkeypatch):
    with Talk(port) as talk:
        talk.open("network", layers=[2], rows=40)
        monkeypatch.setattr(limits, "UNSEEN_SECONDS", 0.1)
        talk.say("play")
        while (said := talk.hear("state", "frame")).get("playing") is not False:
            pass
        assert said["why"] == "nobody looks"


def test_a_diverging_network_says_where_and_what_to_do(port):
    with Talk(port) as talk:
        talk.open("network", problem="hills", layers=[2], rows=40, activation="relu", rate=10.0)
        talk.say("pace", value="fast")
        talk.say("play")
        error = talk.hear("error")
        assert error["name"] == "NotFiniteError" and "layer" in error["what"] and "learning rate" in error["remedy"]
        talk.say("step")
        assert talk.hear("frame")["learned"]["loss"] == "NaN"


def test_settings_refuse_with_a_remedy():
    from neuralzoo.play.rooms import room, rooms

    for kind in rooms.values():
        for setting in kind.settings:
            assert setting.read(setting.default) == setting.default
            for bad in (None, object(), [None], {"a": 1}, float("nan"), b"x"):
                with pytest.raises(ArgumentError) as caught:
                    setting.read(bad)
                assert caught.value.remedy
    with pytest.raises(ArgumentError):
        room("network")({"colour": 1})


def test_a_head_of_a_file_says_its_length():
    head = json.dumps({"do": "upload", "name": "a"}).encode()
    assert read_file(struct.pack("<I", len(head)) + head + b"xyz") == ({"do": "upload", "name": "a"}, b"xyz")
