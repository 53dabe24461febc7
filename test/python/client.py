"""A client of the cellgate protocol, version 1, written from protocol.md alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Optional, Union

import msgpack
from websockets.exceptions import ConnectionClosed
from websockets.legacy.client import WebSocketClientProtocol, connect

Frame = dict[str, Any]
Message = Union[str, bytes]
Tool = Callable[[Any], Awaitable[Any]]

# The library's own bound on a message is 1 MiB. The gateway's (`frameBytes`) is told only by `welcome`.
LARGEST_MESSAGE = 64 * 1024 * 1024

ACK_DELAY_SECONDS = 0.01

OUTCOMES = ("result", "terminated")


class ProtocolError(Exception):
    """The gateway sent what the document does not allow."""


class RequestError(Exception):
    """The gateway refused a request."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(f"{frame['code']}: {frame['message']}")
        self.code: str = frame["code"]


@dataclass(frozen=True)
class Codec:
    """One of the two subprotocols."""

    subprotocol: str
    encode: Callable[[Frame], Message]
    decode: Callable[[Message], Frame]


def encode_json(frame: Frame) -> str:
    return json.dumps(frame, allow_nan=False)


MSGPACK = Codec("cellgate.v1.msgpack", msgpack.packb, msgpack.unpackb)
JSON = Codec("cellgate.v1.json", encode_json, json.loads)


@dataclass
class Request:
    """A request that was made, and what came of it so far."""

    frame: Frame
    started: asyncio.Future[str]
    answer: asyncio.Future[Frame]
    content: list[Frame] = field(default_factory=list)

    @property
    def id(self) -> int:
        return int(self.frame["id"])


@dataclass
class Call:
    """A tool call that this host was given; its answer is kept, as it may have to be sent again."""

    cell_id: str
    task: Optional[asyncio.Task[None]] = None
    answer: Optional[Frame] = None


def join_content(items: list[Frame]) -> list[Frame]:
    """Puts the pieces of items that were larger than a frame together."""
    joined: list[Frame] = []
    open_item: Optional[Frame] = None
    for item in items:
        whole = {key: value for key, value in item.items() if key != "more"}
        if open_item is None:
            joined.append(whole)
            open_item = whole
        else:
            key = "text" if item["type"] == "text" else "imageUrl"
            open_item[key] += item[key]
        if not item.get("more"):
            open_item = None
    return joined


class Client:
    """One turn of a session, over as many sockets as it takes."""

    def __init__(self, url: str, token: str, tools: list[Frame], run_tool: dict[str, Tool]) -> None:
        self.url = url
        self.token = token
        self.tools = tools
        self.run_tool = run_tool
        self.welcome: Frame = {}
        self.frames: list[Frame] = []
        """All frames with a `seq`, in the order in which they came."""
        self.last_seq = 0
        self.acked = 0
        self.sent = 0
        """Messages behind `hello`, of which `received` counts those that came."""
        self.hold_acks = False
        self.failure: Optional[BaseException] = None
        self.close_code: Optional[int] = None
        self._codec = MSGPACK
        self._socket: Optional[WebSocketClientProtocol] = None
        self._reader: Optional[asyncio.Task[None]] = None
        self._ack_timer: Optional[asyncio.TimerHandle] = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._pending: dict[int, Request] = {}
        self._calls: dict[str, Call] = {}
        self._pong: Optional[asyncio.Future[Frame]] = None
        self._next_id = 1

    # Connecting

    async def open(self) -> Frame:
        """Opens a session and its first turn."""
        await self._connect({"type": "hello", "tools": self.tools, "client": {"name": "python", "version": "1"}})
        self._reader = asyncio.create_task(self._read())
        return self.welcome

    async def resume(self, codec: Codec = MSGPACK) -> Frame:
        """Goes on with the turn on a new socket."""
        self._codec = codec
        lost_turn = {name: self.welcome[name] for name in ("sessionId", "sessionToken", "turn")}
        await self._connect({"type": "hello", **lost_turn, "lastSeq": self.last_seq})
        self.sent = self.welcome["received"]
        self.acked = self.last_seq
        if not self.welcome["resumed"]:
            self._skip_gap()
        await self._send_again()
        self._reader = asyncio.create_task(self._read())
        return self.welcome

    async def _connect(self, hello: Frame) -> None:
        self._socket = await connect(
            self.url,
            subprotocols=[self._codec.subprotocol],
            extra_headers={"Authorization": f"Bearer {self.token}"},
            compression=None,
            max_size=LARGEST_MESSAGE,
        )
        await self._socket.send(self._codec.encode(hello))
        welcome = await self.receive()
        if welcome["type"] != "welcome":
            raise ProtocolError(f"hello was answered by {welcome}")
        self.welcome = welcome

    def _skip_gap(self) -> None:
        """Frames up to `welcome.seq` will not come any more; what they held is said anew, as no request streams."""
        self.last_seq = self.acked = self.welcome["seq"]
        for request in self._pending.values():
            request.content.clear()

    async def _send_again(self) -> None:
        """Repeats what may have been lost, before anything that came since is acknowledged."""
        for request in list(self._pending.values()):
            await self._send(request.frame)
        for call_id in list(self._calls):
            call = self._calls[call_id]
            if call_id not in self.welcome["openCalls"]:
                self._drop_call(call_id)
            elif call.answer is not None:
                await self._send(call.answer)

    # Leaving

    async def stop_reading(self) -> None:
        """Leaves what comes from here on to `receive`, as if it were lost on the way."""
        assert self._reader is not None
        self._reader.cancel()
        await asyncio.wait([self._reader])

    async def cut(self) -> None:
        """Loses the socket, without a close handshake."""
        assert self._socket is not None
        await self.stop_reading()
        self._socket.transport.abort()
        await self._socket.wait_closed()

    async def closed(self) -> Optional[int]:
        """Waits for the gateway's close and tells its code."""
        assert self._reader is not None
        await self._reader
        return self.close_code

    # Requests

    async def request(self, tag: str, **fields: Any) -> Request:
        """Makes a request; what comes of it is awaited in the futures of the answer."""
        loop = asyncio.get_running_loop()
        frame = {"type": tag, "id": self._next_id, **fields}
        request = Request(frame, loop.create_future(), loop.create_future())
        self._next_id += 1
        self._pending[request.id] = request
        await self._send(frame)
        return request

    async def ask(self, tag: str, **fields: Any) -> Frame:
        """Makes a request and waits for its last answer."""
        return await (await self.request(tag, **fields)).answer

    async def ping(self) -> Frame:
        self._pong = asyncio.get_running_loop().create_future()
        await self._send({"type": "ping"})
        return await self._pong

    # Sending

    async def _send(self, frame: Frame) -> None:
        """Sends a frame; where the socket is lost, `resume` sends it again if that matters."""
        assert self._socket is not None
        self.sent += 1
        try:
            await self._socket.send(self._codec.encode(self._with_ack(frame)))
        except ConnectionClosed:
            pass

    def _with_ack(self, frame: Frame) -> Frame:
        if self.hold_acks or self.last_seq == self.acked:
            return frame
        self.acked = self.last_seq
        return {**frame, "ack": self.last_seq}

    async def acknowledge(self) -> None:
        """Acknowledges what was dealt with, if no other frame did."""
        self._ack_timer = None
        if not self.hold_acks and self.acked < self.last_seq:
            self.acked = self.last_seq
            await self._send({"type": "ack", "seq": self.last_seq})

    def _acknowledge_soon(self) -> None:
        if self._ack_timer is None:
            loop = asyncio.get_running_loop()
            self._ack_timer = loop.call_later(ACK_DELAY_SECONDS, lambda: self._start(self.acknowledge()))

    def _start(self, work: Any) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # Receiving

    async def receive(self) -> Frame:
        """The next frame, which nothing has been done with."""
        assert self._socket is not None
        return self._codec.decode(await self._socket.recv())

    async def _read(self) -> None:
        try:
            while True:
                self._take(await self.receive())
        except ConnectionClosed as closed:
            self.close_code = closed.rcvd.code if closed.rcvd is not None else None
        except Exception as failure:
            self._fail(failure)

    def _fail(self, failure: BaseException) -> None:
        self.failure = failure
        for request in self._pending.values():
            if not request.answer.done():
                request.answer.set_exception(failure)

    def _take(self, frame: Frame) -> None:
        if frame["type"] == "pong":
            self._take_pong(frame)
            return
        if frame["seq"] != self.last_seq + 1:
            raise ProtocolError(f"seq {self.last_seq} was followed by {frame}")
        self._dispatch(frame)
        self.frames.append(frame)
        self.last_seq = frame["seq"]
        self._acknowledge_soon()

    def _take_pong(self, frame: Frame) -> None:
        if self._pong is not None:
            self._pong.set_result(frame)
            self._pong = None

    def _dispatch(self, frame: Frame) -> None:
        tag = frame["type"]
        if tag == "tool_call":
            self._take_call(frame)
        elif tag == "tool_cancel":
            self._drop_call(frame["callId"])
        elif tag in ("cell_finished", "cell_closed"):
            self._forget_answers(frame["cellId"])
        elif "id" in frame:
            self._take_answer(frame)
        elif tag == "error":
            raise ProtocolError(f"a frame was refused: {frame}")

    def _take_answer(self, frame: Frame) -> None:
        request = self._pending.get(frame["id"])
        if request is None:
            raise ProtocolError(f"nothing waits for {frame}")
        tag = frame["type"]
        if tag == "started":
            self._take_started(request, frame)
        elif tag == "content":
            request.content.extend(frame["content"])
        else:
            self._settle(request, frame)

    def _take_started(self, request: Request, frame: Frame) -> None:
        if not request.started.done():
            request.started.set_result(frame["cellId"])
        elif request.started.result() != frame["cellId"]:
            raise ProtocolError(f"request {request.id} started a second cell: {frame}")

    def _settle(self, request: Request, frame: Frame) -> None:
        del self._pending[request.id]
        if frame["type"] in OUTCOMES:
            self._forget_answers(frame["cellId"])
        if frame["type"] == "error":
            request.answer.set_exception(RequestError(frame))
        elif "content" in frame:
            content = join_content(request.content + frame["content"])
            request.answer.set_result({**frame, "content": content})
        else:
            request.answer.set_result(frame)

    # Tools

    def _take_call(self, frame: Frame) -> None:
        known = self._calls.get(frame["callId"])
        if known is None:
            call = Call(frame["cellId"])
            self._calls[frame["callId"]] = call
            call.task = self._start(self._run(call, frame))
        elif known.answer is not None:
            self._start(self._send(known.answer))

    async def _run(self, call: Call, frame: Frame) -> None:
        call.answer = await self._answer_to(frame)
        await self._send(call.answer)

    async def _answer_to(self, frame: Frame) -> Frame:
        try:
            value = await self.run_tool[frame["name"]](frame.get("input"))
            return {"type": "tool_result", "callId": frame["callId"], "value": value}
        except Exception as error:
            return {"type": "tool_error", "callId": frame["callId"], "message": str(error)}

    def _drop_call(self, call_id: str) -> None:
        call = self._calls.pop(call_id, None)
        if call is not None and call.task is not None:
            call.task.cancel()

    def _forget_answers(self, cell_id: str) -> None:
        """The calls of a cell that has ended are over."""
        for call_id in [call_id for call_id, call in self._calls.items() if call.cell_id == cell_id]:
            self._drop_call(call_id)
