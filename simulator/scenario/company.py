"""The agents that callers meet: those of this process, and those of the processes beside it.

Processes of a run ask each other over sockets in a folder of their own: a line of JSON there, a line back. Moments are
monotonic seconds, which all processes of a machine share.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from simulator.leg import CallLeg, LegEnded, NotHeard
from simulator.scenario.agents_met import Answered, Met, answered_at
from simulator.scenario.crew import Crew
from simulator.scenario.hearing import Hearing, Watch
from simulator.scenario.record import Sound
from simulator.scenario.sound import sound_of

_KEPT_S = 30.0
"""So long after its end a talk's other side may still be asked what the agent heard."""
_ANSWER_S = 10.0
_MOST_BYTES = 1024 * 1024


class OwnLine:
    """The line of an agent of this process."""

    def __init__(self, leg: CallLeg) -> None:
        self.leg = leg
        self._watch: Watch | None = None

    async def hear_tone(self, tone: int, timeout: float) -> None:
        """Wait until the agent hears a tone; raises ``NotHeard``, ``LegEnded``."""
        await self.leg.hear_tone(tone, timeout)

    async def listen(self, tone: int) -> None:
        """Watch from now on whether the agent hears a tone."""
        self._watch = Watch(self.leg, tone)

    async def heard(self) -> Hearing | None:
        """End that; return what the agent heard."""
        watch, self._watch = self._watch, None
        return None if watch is None else await watch.heard()

    async def sound(self) -> Sound:
        """Return what the agent has received, in figures."""
        return sound_of(self.leg.stream)


class OwnCompany:
    """The agents of this process."""

    def __init__(self, crew: Crew) -> None:
        self.tones: Sequence[int] = crew.tones
        self._crew = crew

    async def talking(self, tone: int) -> list[Met]:
        """Return those with this tone who are in a call."""
        return [
            Met(seat.phone.account, seat.kind, tone, leg.caller_number, leg.session.invited_at, answered_at(leg),
                seat.phone.free_at, OwnLine(leg))
            for seat in self._crew.by_tone(tone)
            for leg in seat.phone.legs
            if leg.answered.is_set() and not leg.ended.is_set()
        ]  # fmt: skip

    async def answered(self, number: str, since: float) -> Answered | None:
        """Return who of them answered a caller last, of the calls that rang after ``since``; None when nobody."""
        rung = self._crew.rung(number)
        if rung is None or rung[1].session.invited_at < since or rung[1].dead_at is not None:  # dead on purpose
            return None
        at = answered_at(rung[1])
        return None if at is None else Answered(rung[0].phone.account, rung[0].kind, at)

    async def first_offer(self, number: str, since: float) -> float | None:
        """Return when a caller was first offered to one of them after ``since``, None when never."""
        return self._crew.first_offer(number, since)


class OthersLine:
    """The line of an agent of another process."""

    def __init__(self, path: Path, call: str) -> None:
        self._path = path
        self._call = call

    async def hear_tone(self, tone: int, timeout: float) -> None:
        """Wait until the agent hears a tone; raises ``NotHeard``, ``LegEnded``."""
        told = await _asked(self._path, timeout, ask="hears", call=self._call, tone=tone, timeout=timeout)
        match told:
            case {"not_heard": text}:
                raise NotHeard(text)
            case {"heard": True}:
                return
            case _:
                raise LegEnded(told["ended"] if told else "the agent's process is gone")

    async def listen(self, tone: int) -> None:
        """Watch from now on whether the agent hears a tone."""
        await _asked(self._path, ask="listen", call=self._call, tone=tone)

    async def heard(self) -> Hearing | None:
        """End that; return what the agent heard, None when the process is gone."""
        told = await _asked(self._path, ask="heard", call=self._call)
        return None if told is None else Hearing.told(told)

    async def sound(self) -> Sound | None:
        """Return what the agent has received, in figures, None when the process is gone."""
        told = await _asked(self._path, ask="sound", call=self._call)
        return None if told is None else Sound(**told)


class WholeCompany:
    """The agents of all processes. A process that is gone has none."""

    def __init__(self, own: OwnCompany, others: Sequence[Path]) -> None:
        self.tones = own.tones
        self._own = own
        self._others = others

    async def talking(self, tone: int) -> list[Met]:
        """Return those with this tone who are in a call."""
        told = await asyncio.gather(*(_asked(path, ask="talking", tone=tone) for path in self._others))
        return await self._own.talking(tone) + [
            Met(row["account"], row["kind"], tone, row["number"], row["invited_at"], row["answered_at"],
                row["free_at"], OthersLine(path, row["call"]))
            for path, rows in zip(self._others, told, strict=True)
            for row in rows or ()
        ]  # fmt: skip

    async def answered(self, number: str, since: float) -> Answered | None:
        """Return who of them answered a caller last, of the calls that rang after ``since``; None when nobody."""
        told = await asyncio.gather(*(_asked(path, ask="answered", number=number, since=since)
                                      for path in self._others))  # fmt: skip
        found = [await self._own.answered(number, since), *(Answered(**one) for one in told if one is not None)]
        return max((one for one in found if one is not None), key=lambda one: one.at, default=None)

    async def first_offer(self, number: str, since: float) -> float | None:
        """Return when a caller was first offered to one of them after ``since``, None when never."""
        told = await asyncio.gather(*(_asked(path, ask="first_offer", number=number, since=since)
                                      for path in self._others))  # fmt: skip
        found = [at for at in (await self._own.first_offer(number, since), *told) if at is not None]
        return min(found, default=None)


class CompanyDoor:
    """Answers what other processes ask of the agents of this one."""

    def __init__(self, own: OwnCompany, path: Path) -> None:
        self._own = own
        self._path = path
        self._met: dict[str, OwnLine] = {}  # talks that were told of, by Call-ID
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen."""
        self._server = await asyncio.start_unix_server(self._serve, self._path, limit=_MOST_BYTES)

    async def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            if line := await reader.readline():
                writer.write(json.dumps(await self._answer(json.loads(line))).encode() + b"\n")
                await writer.drain()
        writer.close()

    async def _answer(self, asked: dict[str, Any]) -> Any:
        match asked["ask"]:
            case "talking":
                return await self._talking(asked["tone"])
            case "first_offer":
                return await self._own.first_offer(asked["number"], asked["since"])
            case "answered":
                found = await self._own.answered(asked["number"], asked["since"])
                return None if found is None else asdict(found)
            case "hears":
                return await self._hears(asked["call"], asked["tone"], asked["timeout"])
            case _:
                return await self._of_talk(asked)

    async def _of_talk(self, asked: dict[str, Any]) -> Any:
        line = self._met.get(asked["call"])
        if line is None:
            return None
        if asked["ask"] == "listen":
            await line.listen(asked["tone"])
            return None
        told = await line.heard() if asked["ask"] == "heard" else await line.sound()
        return None if told is None else asdict(told)

    async def _talking(self, tone: int) -> list[dict[str, Any]]:
        self._forget()
        rows = []
        for met in await self._own.talking(tone):
            assert isinstance(met.line, OwnLine)
            call = met.line.leg.session.call_id
            self._met.setdefault(call, met.line)
            rows.append({
                "account": met.account, "kind": met.kind, "number": met.number, "invited_at": met.invited_at,
                "answered_at": met.answered_at, "free_at": met.free_at, "call": call,
            })  # fmt: skip
        return rows

    async def _hears(self, call: str, tone: int, timeout: float) -> dict[str, Any]:
        line = self._met.get(call)
        if line is None:
            return {"ended": "the talk is over"}
        try:
            await line.hear_tone(tone, timeout)
        except NotHeard as error:
            return {"not_heard": str(error)}
        except LegEnded as error:
            return {"ended": str(error)}
        return {"heard": True}

    def _forget(self) -> None:
        before = time.monotonic() - _KEPT_S
        self._met = {
            call: line for call, line in self._met.items() if (line.leg.session.ended_at or before) >= before
        }  # fmt: skip


async def _asked(path: Path, longer: float = 0.0, **what: Any) -> Any:
    """Return another process's answer, None when it is gone (or has none)."""
    try:
        async with asyncio.timeout(_ANSWER_S + longer):
            reader, writer = await asyncio.open_unix_connection(path, limit=_MOST_BYTES)
            try:
                writer.write(json.dumps(what).encode() + b"\n")
                line = await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return None
    return json.loads(line) if line else None
