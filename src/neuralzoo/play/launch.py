"""From the command to a page in the browser."""

import secrets
import socket
import threading
import webbrowser
from typing import TYPE_CHECKING, Any

from neuralzoo.core.errors import ArgumentError, NotReadyError
from neuralzoo.play import limits
from neuralzoo.play.guard import is_loopback

if TYPE_CHECKING:
    from neuralzoo.data.dataset import Dataset


def serve(data: "Dataset | None" = None, *, host: str = "127.0.0.1", port: int = 8765, token: str = "", browser: bool = True) -> None:
    """Serve the playground until Ctrl-C. A free port is taken where `port` is in use; bound elsewhere than here, a token is made."""
    try:
        import uvicorn
        import websockets  # noqa: F401 uvicorn finds it by itself

        from neuralzoo.play.server import playground
    except ImportError as error:
        raise NotReadyError(f"the playground needs {error.name}", remedy='pip install "neuralzoo[playground]"') from None
    if not token and not is_loopback(host):
        token = secrets.token_urlsafe(18)
    bound = bind(host, port)
    port = bound.getsockname()[1]
    address = f"http://{_reached(host)}:{port}/" + (f"?token={token}" if token else "")
    config = uvicorn.Config(playground(host, port, token, data), **settings())
    print(f"The playground is at {address}\nStop it with Ctrl-C.", flush=True)
    if browser:
        threading.Timer(0.5, webbrowser.open, [address]).start()
    uvicorn.Server(config).run([bound])


def settings() -> dict[str, Any]:
    """How uvicorn has to serve the playground."""
    sockets = {"ws": "websockets-sansio", "ws_max_size": limits.UPLOAD + limits.MESSAGE, "ws_max_queue": limits.WAITING}
    return {**sockets, "log_level": "error", "timeout_graceful_shutdown": 2, "server_header": False, "access_log": False}


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens at `port`, or at a free one where that is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    for tried in (port, 0):
        try:
            made.bind((host, tried))
            made.listen(128)  # who comes before the server is ready waits
            return made
        except OSError as error:
            problem = error
    made.close()
    raise ArgumentError(f"nothing can be served at {host}: {problem}", remedy="choose 127.0.0.1, or an address of this machine")


def _reached(host: str) -> str:
    shown = socket.gethostname() if host in ("0.0.0.0", "::") else host
    return f"[{shown}]" if ":" in shown else shown
