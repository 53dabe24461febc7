"""Runs a turn against a gateway: one line a step, 0 if all was as protocol.md says, 1 with the difference if not.

Usage: turn.py <url> <token>
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from client import JSON, Client, Frame, ProtocolError, RequestError
from websockets.exceptions import ConnectionClosed, InvalidStatusCode, WebSocketException

STEP_SECONDS = 30

DEGREES = {"Oslo": 7, "Bergen": 12, "Alta": 1, "Narvik": -3, "Mo": 4, "Vardo": 5}

TOOL = {
    "name": "get-weather",
    "description": "The weather of a city.",
    "inputSchema": {"type": "object", "properties": {"city": {"type": "string"}}},
}


class Differed(Exception):
    """Something was not as protocol.md says."""


def check(what: str, got: Any, expected: Any) -> None:
    if got != expected:
        raise Differed(f"{what}: expected {expected!r}, got {got!r}")


class Weather:
    """The tool: counts its runs, and holds the answer for a city back for as long as the test likes."""

    def __init__(self) -> None:
        self.runs: list[str] = []
        self._called = {city: asyncio.Event() for city in DEGREES}
        self._released = {city: asyncio.Event() for city in DEGREES}

    async def run(self, tool_input: Any) -> Frame:
        city = tool_input["city"]
        self.runs.append(city)
        self._called[city].set()
        await self._released[city].wait()
        return {"degrees": DEGREES[city]}

    def release(self, city: str) -> None:
        self._released[city].set()

    async def called(self, city: str) -> None:
        await self._called[city].wait()


class Turn:
    """The steps, in their order, and what they hand on to each other."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token
        self.weather = Weather()
        self.client = Client(url, token, [TOOL], {"get-weather": self.weather.run})

    def frames(self, tag: str, **fields: Any) -> list[Frame]:
        wanted = {"type": tag, **fields}
        return [frame for frame in self.client.frames if wanted.items() <= frame.items()]

    async def frame(self, tag: str, **fields: Any) -> Frame:
        """Waits for a frame that no request asks for, and sees to it that there is one only."""
        while not self.frames(tag, **fields):
            await asyncio.sleep(0.01)
        found = self.frames(tag, **fields)
        check(f"the number of {tag} {fields}", len(found), 1)
        return found[0]

    async def settle(self) -> None:
        """Returns when the gateway has taken all that was sent, and all its answers have come."""
        await self.client.acknowledge()
        pong = await self.client.ping()
        check("pong.received", pong["received"], self.client.sent)

    # Steps

    async def wrong_token(self) -> None:
        try:
            await Client(self.url, f"{self.token}-not", [], {}).open()
        except InvalidStatusCode as refused:
            check("the status", refused.status_code, 401)
        else:
            raise Differed("a wrong token was accepted")

    async def hello(self) -> None:
        welcome = await self.client.open()
        expected = {"turn": 1, "resumed": False, "seq": 0, "received": 0, "openCalls": [], "cells": []}
        check("welcome", {name: welcome[name] for name in expected}, expected)

    async def tool_and_notification(self) -> None:
        source = "notify('looking'); const w = await tools.get_weather({ city: 'Oslo' }); text(`${w.degrees} degrees`)"
        self.weather.release("Oslo")
        request = await self.client.request("execute", source=source, yieldMs=None, toolCallId="call_1")
        result = await request.answer
        check("the result", outcome(result), ("result", ["7 degrees"]))
        notify = await self.frame("notify")
        check("notify", (notify["text"], notify["toolCallId"]), ("looking", "call_1"))
        closed = await self.frame("cell_closed", cellId=result["cellId"])
        check("cell_closed.reason", closed["reason"], "taken")

    async def yield_and_wait(self) -> None:
        source = "text('before'); const w = await tools.get_weather({ city: 'Bergen' }); text(`after ${w.degrees}`)"
        request = await self.client.request("execute", source=source, yieldMs=100)
        yielded = await request.answer
        check("the first answer", yielded["type"], "yielded")
        wait = await self.client.request("wait", cellId=yielded["cellId"], yieldMs=None)
        self.weather.release("Bergen")
        result = await wait.answer
        check("the second answer", result["type"], "result")
        check("the content of both", texts(yielded) + texts(result), ["before", "after 12"])

    async def list_cells(self) -> None:
        source = "await tools.get_weather({ city: 'Mo' }); return 'done'"
        request = await self.client.request("execute", source=source, yieldMs=None, toolCallId="call_2")
        cell_id = await request.started
        await self.weather.called("Mo")
        [cell] = (await self.client.ask("list_cells"))["cells"]
        expected = {"cellId": cell_id, "state": "running", "openCalls": 1, "unreadBytes": 0, "toolCallId": "call_2"}
        check("the cell", {name: cell[name] for name in expected}, expected)
        self.weather.release("Mo")
        check("the result", outcome(await request.answer), ("result", ["done"]))

    async def stored_values(self) -> None:
        stored = await self.client.ask("execute", source="store('unit', { name: 'degrees' })", yieldMs=None)
        check("the result", outcome(stored), ("result", []))
        values = (await self.client.ask("stored_values"))["values"]
        check("the values", values, {"unit": {"name": "degrees"}})
        replaced = await self.client.ask("replace_stored_values", values={"unit": "kelvin", "none": None})
        check("the answer", replaced["type"], "ok")
        loaded = await self.client.ask("execute", source="text(load('unit'))", yieldMs=None)
        check("what a cell loads", outcome(loaded), ("result", ["kelvin"]))

    async def refusals(self) -> None:
        try:
            await self.client.ask("execute", source="  ")
        except RequestError as refused:
            check("the code", refused.code, "empty_source")
        else:
            raise Differed("an empty source was accepted")
        missing = await self.client.ask("wait", cellId="no-such-cell")
        check("the error", (missing["error"]["code"], missing["error"]["reason"]), ("cell_not_found", "unknown"))

    async def large_content(self) -> None:
        """An item that takes several frames, each larger than what the library takes by itself."""
        answer = await self.client.ask("execute", source="text('\u00e9'.repeat(3_000_000)); text('end')", yieldMs=None)
        parts = self.frames("content", id=answer["id"])
        if not parts:
            raise Differed("6 MB of text came in one frame")
        check("the texts", texts(answer) == ["\u00e9" * 3_000_000, "end"], True)

    async def terminate(self) -> None:
        yielded = await self.client.ask("execute", source="while (true) {}", yieldMs=100)
        check("the answer", outcome(yielded), ("yielded", []))
        terminated = await self.client.ask("terminate", cellId=yielded["cellId"])
        check("the outcome", outcome(terminated), ("terminated", []))
        await self.frame("cell_closed", cellId=yielded["cellId"])

    async def cut(self) -> None:
        """Loses the socket with a call open, an outcome not acknowledged, another not received, a request not taken."""
        client = self.client
        await self.settle()
        client.hold_acks = True
        self.held = await client.ask("execute", source="text('held')", yieldMs=None)
        source = (
            "notify('waiting'); text('two cities');"
            "const all = await Promise.all(['Alta', 'Narvik'].map((city) => tools.get_weather({ city })));"
            "text(all.map((w) => w.degrees).join(' and '))"
        )
        self.waiting = await client.request("execute", source=source, yieldMs=None)
        await self.weather.called("Alta")
        await self.weather.called("Narvik")
        cells = (await client.ask("list_cells"))["cells"]
        check("the cells", [cell["cellId"] for cell in cells], [await self.waiting.started])
        check("the closed cells", self.frames("cell_closed", cellId=self.held["cellId"]), [])
        await client.stop_reading()
        self.missed = await client.request("execute", source="text('missed')", yieldMs=None)
        self.missed_frames = [await client.receive(), await client.receive()]
        check("what is missed", [frame["type"] for frame in self.missed_frames], ["started", "result"])
        self.untaken = await client.request("execute", source="notify('untaken'); text('untaken')", yieldMs=None)
        await client.cut()
        self.weather.release("Alta")
        await asyncio.sleep(0.1)

    async def resume(self) -> None:
        client = self.client
        last_seq = client.last_seq
        turn = client.welcome["turn"]
        calls = [frame["callId"] for frame in self.frames("tool_call", cellId=await self.waiting.started)]
        client.hold_acks = False
        welcome = await client.resume()
        check("welcome", (welcome["turn"], welcome["resumed"], welcome["seq"]), (turn, True, last_seq))
        check("welcome.openCalls", sorted(welcome["openCalls"]), sorted(calls))
        check("the outcome that was missed", outcome(await self.missed.answer), ("result", ["missed"]))
        check("the frames that were missed", client.frames[last_seq : last_seq + 2], self.missed_frames)
        check("the request that was not taken", outcome(await self.untaken.answer), ("result", ["untaken"]))
        self.weather.release("Narvik")
        check("the cell that waited", outcome(await self.waiting.answer), ("result", ["two cities", "1 and -3"]))

    async def once_and_in_order(self) -> None:
        for text in ("waiting", "untaken"):
            await self.frame("notify", text=text)
        for request in (self.waiting, self.missed, self.untaken):
            await self.frame("started", id=request.id)
            await self.frame("result", id=request.id)
            await self.frame("cell_closed", cellId=await request.started)
        await self.frame("cell_closed", cellId=self.held["cellId"], reason="taken")
        await self.settle()
        check("the runs of the tool", sorted(self.weather.runs), sorted(DEGREES.keys() - {"Vardo"}))
        check("the calls", len(self.frames("tool_call")), len(self.weather.runs))
        check("the numbers", [frame["seq"] for frame in self.client.frames], list(range(1, self.client.last_seq + 1)))
        check("the cells", (await self.client.ask("list_cells"))["cells"], [])

    async def cut_with_gap(self) -> None:
        """Loses the socket and, with it, all that came of a request."""
        client = self.client
        await self.settle()
        await client.stop_reading()
        source = (
            "notify('gap'); text('kept');"
            "const w = await tools.get_weather({ city: 'Vardo' }); text(`${w.degrees} degrees`)"
        )
        self.repeated = await client.request("execute", source=source, yieldMs=None)
        self.lost_frames = [await client.receive() for _ in range(3)]
        check("what is lost", [frame["type"] for frame in self.lost_frames], ["started", "notify", "tool_call"])
        await client.cut()

    async def resume_with_gap(self) -> None:
        """Another subprotocol makes a gap: the frames themselves are gone, what they said is said anew."""
        started, notify, call = self.lost_frames
        turn = self.client.welcome["turn"]
        welcome = await self.client.resume(JSON)
        # The gap takes the number after that of the last frame.
        check("welcome", (welcome["turn"], welcome["resumed"], welcome["seq"]), (turn, False, call["seq"] + 1))
        check("welcome.openCalls", welcome["openCalls"], [call["callId"]])
        self.weather.release("Vardo")
        check("the result", outcome(await self.repeated.answer), ("result", ["kept", "5 degrees"]))
        offered = await self.frame("tool_call", callId=call["callId"])
        check("tool_call.attempt", offered["attempt"], 2)
        await self.frame("notify", text=notify["text"])
        await self.frame("started", id=self.repeated.id, cellId=started["cellId"])
        check("the runs of the tool", sorted(self.weather.runs), sorted(DEGREES))

    async def end_session(self) -> None:
        check("the answer", (await self.client.ask("end_session"))["type"], "ok")
        check("the close code", await self.client.closed(), 1000)
        try:
            await self.client.resume()
        except ConnectionClosed as closed:
            check("the close code of a resume", closed.rcvd and closed.rcvd.code, 4410)
        else:
            raise Differed("a session that had ended was resumed")


def texts(answer: Frame) -> list[str]:
    return [item["text"] for item in answer["content"]]


def outcome(answer: Frame) -> tuple[str, list[str]]:
    if "error" in answer:
        raise Differed(f"a cell failed: {answer['error']}")
    return answer["type"], texts(answer)


async def run(turn: Turn) -> None:
    steps: list[Callable[[], Awaitable[None]]] = [
        turn.wrong_token,
        turn.hello,
        turn.tool_and_notification,
        turn.yield_and_wait,
        turn.list_cells,
        turn.stored_values,
        turn.refusals,
        turn.large_content,
        turn.terminate,
        turn.cut,
        turn.resume,
        turn.once_and_in_order,
        turn.cut_with_gap,
        turn.resume_with_gap,
        turn.end_session,
    ]
    for step in steps:
        name = getattr(step, "__name__")
        try:
            await asyncio.wait_for(step(), STEP_SECONDS)
        except asyncio.TimeoutError:
            raise Differed(f"{name}: no end within {STEP_SECONDS} s; {turn.client.failure or turn.client.frames[-5:]}")
        except (Differed, ProtocolError, RequestError, WebSocketException, OSError) as difference:
            raise Differed(f"{name}: {difference}") from difference
        print(f"ok {name}", flush=True)


def main() -> int:
    url, token = sys.argv[1:]
    try:
        asyncio.run(run(Turn(url, token)))
    except Differed as difference:
        print(f"differed: {difference}", flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
