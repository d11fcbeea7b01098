"""One server and one browser for all tests of the playground."""

import threading
import time

import pytest

uvicorn = pytest.importorskip("uvicorn", reason="the extra [playground] is not installed")
pytest.importorskip("starlette", reason="the extra [playground] is not installed")
pytest.importorskip("websockets", reason="the extra [playground] is not installed")


def started(token="", data=None):
    """A server in a thread of this process, as (server, port)."""
    from neuralzoo.play.launch import bind, settings
    from neuralzoo.play.server import playground

    bound = bind("127.0.0.1", 0)
    port = bound.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(playground("127.0.0.1", port, token, data), **settings()))
    threading.Thread(target=server.run, args=([bound],), daemon=True).start()
    while not server.started:
        time.sleep(0.02)
    return server, port


@pytest.fixture(scope="session")
def port():
    server, port = started()
    yield port
    server.should_exit = True


@pytest.fixture(scope="session")
def browser():
    from chromium import Browser, found

    if found() is None:
        pytest.skip("there is no Chromium on this machine")
    made = Browser()
    yield made
    made.close()
