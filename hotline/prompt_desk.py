"""Orders about prompts from the command line, for which a seat's phone is rung: recording one, hearing one."""

import asyncio
import itertools
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import structlog

from agents import DeviceState, Floor
from agents.states import OFFERED_STATES, ON_LINE_STATES
from calls import CallerHungUp, CallId, Clock, Language, Line, SeatId
from hotline.http import BadOrder, Order
from hotline.seat_ringer import SeatRinger
from ivr.catalogue import Prompt
from ivr.speech.template import slots
from ivr.studio import Studio

log = structlog.get_logger(__name__)

_ORDINARY_CODE = "*10"  # what the seat has dialled, should the service be gone when it is answered: its own state
_PICK_UP_S = 30.0
_COME_S = 5.0  # from the seat's answer to its line being here
_REMEMBERED = 100  # jobs whose end can still be asked for


class JobState(StrEnum):
    """How far an order is."""

    RINGING = "ringing"
    ON_PHONE = "on_phone"
    PLAYED = "played"
    KEPT = "kept"
    GIVEN_UP = "given_up"
    NOT_ANSWERED = "not_answered"
    HUNG_UP = "hung_up"  # nothing was changed
    FAILED = "failed"


_MESSAGES = {
    JobState.RINGING: "seat {seat} is being rung",
    JobState.ON_PHONE: "seat {seat} has answered",
    JobState.PLAYED: "{name} ({language}) was played at seat {seat}",
    JobState.KEPT: "{name} ({language}) is recorded; the next caller hears it",
    JobState.GIVEN_UP: "given up at seat {seat}; nothing was changed",
    JobState.NOT_ANSWERED: "seat {seat} was not answered; nothing was changed",
    JobState.HUNG_UP: "seat {seat} hung up before the end; nothing was changed",
    JobState.FAILED: "it failed; the log says more. Nothing was changed",
}


@dataclass(slots=True)
class _Job:
    id: CallId
    seat: SeatId
    name: str
    language: Language
    values: Mapping[str, object]
    record: Prompt | None  # None: it is to be played
    state: JobState = JobState.RINGING
    came: asyncio.Event = field(default_factory=asyncio.Event)

    def shown(self) -> dict[str, Any]:
        message = _MESSAGES[self.state].format(seat=self.seat, name=self.name, language=self.language.value)
        return {
            "job": self.id, "state": self.state.value, "message": message, "name": self.name,
            "language": self.language.value, "seat": self.seat,
        }  # fmt: skip


class PromptDesk:
    """Carries the orders out."""

    def __init__(self, studio: Studio, floor: Floor, clock: Clock, *, ring_seat: SeatRinger, number: str) -> None:
        """``number`` is what the seat's phone shows."""
        self._studio, self._floor, self._clock = studio, floor, clock
        self._ring_seat, self._number = ring_seat, number
        self._jobs: OrderedDict[str, _Job] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
        self._counter = itertools.count(1)

    async def close(self) -> None:
        """Ring nobody any more."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def orders(self) -> Mapping[str, Order]:
        """The orders of the control API."""
        return {"prompt-record": self.record, "prompt-play": self.play, "prompt-job": self.job}

    # -- orders ----------------------------------------------------------------------------------------------------

    def record(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Have a seat rung and ``{"name", "language", "seat"}`` recorded there. Raises ``BadOrder``."""
        name, language, seat = self._read(told, {"name", "language", "seat"})
        try:
            prompt = self._studio.find(name, language)
        except LookupError as error:
            raise _in_use(error) from None
        return self._begin(seat, prompt.name, language, {}, prompt)

    def play(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Have a seat rung and ``{"name", "language", "seat", "values"}`` played there. Raises ``BadOrder``."""
        name, language, seat = self._read(told, {"name", "language", "seat", "values"})
        values = told.get("values") or {}
        if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
            raise BadOrder('values: what marks are filled with, like {"place": "3"}')
        try:
            needed = set(slots(self._studio.text(name, language)))
        except LookupError as error:
            raise _in_use(error) from None
        if missing := sorted(needed - set(values)):
            raise BadOrder(f"values: {', '.join(missing)} is missing")
        return self._begin(seat, name, language, {slot: values[slot] for slot in needed}, None)

    def job(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Return how far ``{"job"}`` is. Raises ``BadOrder``."""
        job = self._jobs.get(str(told.get("job")))
        if job is None:
            raise BadOrder("there is no such job; the service may have been started anew since")
        return job.shown()

    def _read(self, told: Mapping[str, Any], keys: set[str]) -> tuple[str, Language, SeatId]:
        if set(told) - keys:
            raise BadOrder(f"an order about a prompt has nothing but {', '.join(sorted(keys))}")
        name, language, seat = told.get("name"), told.get("language", "zh"), told.get("seat")
        if not isinstance(name, str) or not name:
            raise BadOrder("name: say which prompt, by name or number")
        if language not in list(Language):
            raise BadOrder(f"language: one of {', '.join(Language)}")
        if not isinstance(seat, str) or seat not in self._floor.directory.seats:
            raise BadOrder(f"seat: there is no seat {seat!r}")
        self._check_free(SeatId(seat))
        return name, Language(language), SeatId(seat)

    def _check_free(self, seat: SeatId) -> None:
        if self._floor.device(seat) is DeviceState.UNREACHABLE:
            raise BadOrder(f"seat {seat} has no phone that can be reached")
        standing = self._floor.at_seat(seat)
        busy = standing is not None and standing.state in (ON_LINE_STATES | OFFERED_STATES)
        if busy or self._floor.device(seat) is not DeviceState.IDLE or any(
            job.seat == seat and not _over(job) for job in self._jobs.values()
        ):  # fmt: skip
            raise BadOrder(f"the phone of seat {seat} is in use; try again when it is not, or name another")

    def _begin(
        self, seat: SeatId, name: str, language: Language, values: Mapping[str, object], record: Prompt | None
    ) -> dict[str, Any]:
        now = self._clock.now()
        job = _Job(CallId(f"prompt-{int(now)}.{int(now * 1000) % 1000}{next(self._counter)}"), seat, name, language,
                   values, record)  # fmt: skip
        self._jobs[job.id] = job
        while len(self._jobs) > _REMEMBERED and _over(next(iter(self._jobs.values()))):
            self._jobs.popitem(last=False)
        task = asyncio.create_task(self._ring(job), name=f"prompt {job.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        log.info("prompt_desk.ordered", job=job.id, seat=seat, prompt=name, record=record is not None)
        return job.shown()

    async def _ring(self, job: _Job) -> None:
        try:
            answered = await self._ring_seat(job.seat, job.id, _ORDINARY_CODE, shown=self._number, ring_s=_PICK_UP_S)
            if answered:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_COME_S):
                        await job.came.wait()
        except Exception:
            log.exception("prompt_desk.seat_not_rung", job=job.id)
        if not job.came.is_set() and not _over(job):
            job.state = JobState.NOT_ANSWERED

    # -- the seat has answered --------------------------------------------------------------------------------------

    async def serve(self, line: Line) -> bool:
        """Serve a seat that was rung for an order; return whether it was one. Raises ``CallerHungUp``."""
        job = self._jobs.get(line.call.id)
        if job is None or _over(job):
            return False
        job.state = JobState.ON_PHONE
        job.came.set()
        try:
            await line.answer()
            job.state = await self._do(job, line)
            await line.hang_up()
        except CallerHungUp:
            if not _over(job):
                job.state = JobState.HUNG_UP
            raise
        except Exception:
            log.exception("prompt_desk.failed", job=job.id)
            await line.hang_up()
        finally:
            if not _over(job):
                job.state = JobState.FAILED
        return True

    async def _do(self, job: _Job, line: Line) -> JobState:
        if job.record is None:
            await self._studio.play(line, job.name, job.language, job.values)
            return JobState.PLAYED
        end = await self._studio.record(line, job.record, f"seat {job.seat}")
        return JobState(end.value)


def _over(job: _Job) -> bool:
    return job.state not in (JobState.RINGING, JobState.ON_PHONE)


def _in_use(error: LookupError) -> BadOrder:
    return BadOrder(f"{error.args[0]}. The running hotline knows what was reloaded last")
