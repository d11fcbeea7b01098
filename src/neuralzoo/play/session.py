"""One page and its room: messages in turn, training in between, frames as fast as they are drawn."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from neuralzoo.core.errors import NeuralzooError
from neuralzoo.play import limits, work
from neuralzoo.play.room import Room
from neuralzoo.play.wire import Frame, read_file, read_text

if TYPE_CHECKING:
    from neuralzoo.data.dataset import Dataset

AHEAD = 2  # frames that may be on their way: one is drawn while the next is made
PACES = {"slow": 0.7, "steady": limits.FRAME_SECONDS, "fast": limits.FRAME_SECONDS}  # seconds from frame to frame


class Session:
    """What one page has on the server. All work on its room is done in turn, in a thread of the pool; the loop only waits.

    Attributes:
        inbox: messages that wait; a page that sends more than fit is read no further until there is room.
        undrawn: frames sent that the page has not drawn yet. While there are `AHEAD` of them, training goes on but no frame
            is made: what is drawn is always the latest.
    """

    def __init__(self, socket: WebSocket, pool: Executor, data: "Dataset | None"):
        self.socket, self.pool, self.data = socket, pool, data
        self.inbox: asyncio.Queue[Any] = asyncio.Queue(limits.WAITING)
        self.room: Room | None = None
        self.playing, self.pace, self.undrawn, self.seen = False, "steady", 0, time.monotonic()

    async def run(self) -> None:
        """Serve the page until it goes, or was idle for too long."""
        reader = asyncio.create_task(self.read())
        worker = asyncio.create_task(self.work())
        done, waiting = await asyncio.wait({reader, worker}, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        self.room = None
        for task in done:
            if (error := task.exception()) and not isinstance(error, WebSocketDisconnect | TimeoutError | RuntimeError):
                raise error

    async def read(self) -> None:
        """Put the page's messages into the inbox; ends when the page goes."""
        while True:
            message = await self.socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            await self.inbox.put(message.get("bytes") if message.get("bytes") is not None else message.get("text", ""))

    async def work(self) -> None:
        """Messages first, then a turn of training, for ever."""
        while True:
            began = time.monotonic()
            if not self.playing:
                try:
                    await self.take(await asyncio.wait_for(self.inbox.get(), limits.IDLE_SECONDS))
                except TimeoutError:
                    await self.socket.close(4000, "idle")
                    return
            while not self.inbox.empty():
                await self.take(self.inbox.get_nowait())
            if self.playing:
                await self.train(began)

    async def train(self, began: float) -> None:
        room = self.room
        if room is None or time.monotonic() - self.seen > limits.UNSEEN_SECONDS:
            await self.pause("nobody looks")
            return
        learned = await self.guarded(lambda: _turn(room, self.pace))
        if room.over or not learned:
            await self.pause("")
        if self.undrawn < AHEAD or not self.playing:
            await self.show()
        rest = PACES[self.pace] - (time.monotonic() - began)
        try:  # a message ends the wait
            if rest > 0 and self.playing:
                await self.take(await asyncio.wait_for(self.inbox.get(), rest))
        except TimeoutError:
            pass

    async def take(self, raw: Any) -> None:
        """Do what a message asks for; what is wrong with it is told, and nothing else happens."""
        try:
            message, data = read_file(raw) if isinstance(raw, bytes) else (read_text(raw), b"")
        except NeuralzooError as error:
            await self.send(told(error))
            return
        if message["do"] == "drawn":
            count = message.get("count", 1)
            self.undrawn = max(0, self.undrawn - count) if isinstance(count, int) and count > 0 else self.undrawn
            self.seen = time.monotonic()
            return
        self.seen = time.monotonic()
        room, do = self.room, message["do"]
        if do == "open":
            self.playing = False
            await self.guarded(lambda: self.open(message))
            await self.begin(message)
        elif room is None:
            await self.send(Frame("error", {"what": "no room is open yet", "remedy": "open one first"}))
        elif do in ("play", "pause"):
            self.playing = do == "play" and room.learns and not room.over
            await self.send(Frame("state", {"playing": self.playing}))
            if not self.playing:
                await self.show()  # with the readings of now
        elif do == "pace" and str(message.get("value")) in PACES:
            self.pace = str(message["value"])
        else:
            await self.act(room, message, data)

    async def act(self, room: Room, message: dict[str, Any], data: bytes) -> None:
        """What a room does for a message."""
        do, name, value = message["do"], message.get("name"), message.get("value")
        if do == "set":
            anew = await self.guarded(lambda: room.change(name, value))
            if anew:
                await self.begin(message)
            elif anew is None:  # refused: the page shows what holds
                await self.send(Frame("settings", {"state": room.state}))
            elif not self.playing:
                await self.show()
        elif do == "reset":
            await self.guarded(room.begin)
            await self.begin(message)
        elif do in ("step", "epoch"):
            self.playing = False
            await self.guarded(lambda: room.advance(1 if do == "step" else room.epoch_steps))
            await self.send(Frame("state", {"playing": False}))
            await self.show()
        elif do == "ask":
            await self.guarded(lambda: room.ask(message.get("what"), message), answer=message.get("id"))
        elif do == "export":
            await self.guarded(lambda: work.export(room, message.get("what")))
        elif do == "upload":
            await self.guarded(lambda: self.upload(message, data))
            await self.begin(message)
        else:
            await self.send(Frame("error", {"what": f"{do[:60]!r} means nothing here", "remedy": "reload the page"}))

    def open(self, message: dict[str, Any]) -> None:
        self.room = None  # its memory is free before the next one takes some
        self.room = work.open_room(message.get("room"), message.get("state"), self.data)

    def upload(self, message: dict[str, Any], data: bytes) -> None:
        """A file: a model may need another room than the one that is open."""
        assert self.room is not None
        name = str(message.get("name", ""))[:200]
        self.room = work.opened_file(self.room, name, data)

    async def begin(self, message: dict[str, Any]) -> None:
        """Show a room from the start."""
        room = self.room
        if room is None:
            return
        if message["do"] in ("open", "upload"):
            self.playing = False
            await self.send(Frame("room", {**type(room).about(), "state": room.state}))
        if await self.guarded(room.scene):
            await self.show()

    async def show(self) -> None:
        room = self.room
        if room is None:
            return
        room.hurried = self.playing
        if await self.guarded(room.frame):
            self.undrawn += 1

    async def pause(self, why: str) -> None:
        self.playing = False
        await self.send(Frame("state", {"playing": False, "why": why}))

    async def guarded(self, job: Callable[[], Any], answer: Any = None) -> Any:
        """What a job in the pool returns, a frame being sent; an error is told to the page, and None returned."""
        try:
            made = await asyncio.get_running_loop().run_in_executor(self.pool, job)
        except NeuralzooError as error:
            await self.send(told(error, answer))
            return None
        except Exception as error:  # a bug of ours: the page and the session live on
            await self.send(Frame("error", {"what": f"{type(error).__name__}: {error}", "remedy": "this is a bug; reset", "id": answer}))
            return None
        if isinstance(made, Frame):
            if answer is not None:
                made.head["id"] = answer
            await self.send(made)
        return made

    async def send(self, frame: Frame) -> None:
        """Send, and wait until the page has taken it; one that takes nothing for long is let go."""
        packed = frame.pack()
        async with asyncio.timeout(limits.SEND_SECONDS):
            await self.socket.send_bytes(packed)


def told(error: NeuralzooError, answer: Any = None) -> Frame:
    return Frame("error", {"what": error.what, "where": error.where, "remedy": error.remedy, "name": type(error).__name__, "id": answer})


def _turn(room: Room, pace: str) -> bool:
    if pace == "fast":
        room.turn()
    else:
        room.advance(1 if pace == "slow" else room.steady_steps)
    return True
