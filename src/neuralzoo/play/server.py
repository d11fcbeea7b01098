"""The server: one page, its modules, and a socket for each page that is open."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from importlib import resources
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from neuralzoo.play import limits
from neuralzoo.play.guard import Guard
from neuralzoo.play.session import Session

if TYPE_CHECKING:
    from neuralzoo.data.dataset import Dataset

TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
WORKERS = 2  # turns that run at once: each uses some cores itself


def playground(host: str = "127.0.0.1", port: int = 8000, token: str = "", data: "Dataset | None" = None) -> Guard:
    """The application: a `Guard` around the page, its modules, the list of rooms and the sockets."""
    files, sessions = static_files(), set[asyncio.Task[Any] | None]()
    pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="playground")

    async def file(request: Request) -> Response:
        path = request.path_params.get("path") or "index.html"
        if path not in files:  # a table of what there is: no path leads out of it
            return Response("there is no such page\n", 404, media_type="text/plain")
        content, kind = files[path]
        return Response(content, media_type=kind)

    async def chart(request: Request) -> Response:
        found = await asyncio.get_running_loop().run_in_executor(pool, _chart, data)
        return JSONResponse(found)

    async def socket(page: WebSocket) -> None:
        await page.accept()
        if len(sessions) >= limits.SESSIONS:
            await page.close(1013, f"{limits.SESSIONS} pages are open already")
            return
        task = asyncio.current_task()
        sessions.add(task)
        try:
            await Session(page, pool, data).run()
        except WebSocketDisconnect:
            pass
        finally:
            sessions.discard(task)

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        pool.submit(_chart, data)  # what rooms need is imported while the page is on its way
        yield
        pool.shutdown(wait=False, cancel_futures=True)

    routes = [Route("/", file), Route("/rooms.json", chart), WebSocketRoute("/session", socket), Route("/{path:path}", file)]
    return Guard(Starlette(routes=routes, lifespan=life), host, port, token)


def static_files() -> dict[str, tuple[bytes, str]]:
    """Every file of the page by its path, with its type."""
    found: dict[str, tuple[bytes, str]] = {}

    def walk(folder: Any, prefix: str) -> None:
        for item in folder.iterdir():
            if item.is_dir():
                walk(item, f"{prefix}{item.name}/")
            elif (kind := TYPES.get(item.name[item.name.rfind(".") :])) is not None:
                found[f"{prefix}{item.name}"] = (item.read_bytes(), f"{kind}; charset=utf-8")

    walk(resources.files("neuralzoo.play") / "static", "")
    return found


def _chart(data: "Dataset | None") -> Any:
    from neuralzoo.play import rooms

    return rooms.chart(data)
