"""A caller without telephony: the test says what is pressed and when; time is pretended, nothing really waits."""

import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ivr_flow_texts import SYSTEM

from calls import Call, CallerHungUp, CallId, ChannelId, Language, LineFault, ManualClock, MemoryTimeline, Sound
from calls.line import Digits, DigitsEnd, DigitsWanted, Recorded, RecordEnd, RecordLimits
from calls.passing import CallData
from ivr import (
    Box,
    Flow,
    FlowEnd,
    Interpreter,
    KeyPressed,
    QueueEnd,
    QueueRequest,
    TicketAnswer,
    TicketEnd,
    TransferEnd,
)
from ivr.closures import Closure
from ivr.outside import HttpQuestion, PinAnswer, QueueNow

SOUND_S = 2.0  # each sound takes so long
SPOKEN_S = 2.0  # so long callers speak when they leave a message
GAP_S = 0.3  # between keys pressed in one go
HANG_UP = "hang up"
# keys (the first after GAP_S), (seconds until the first, keys), or each key with its second; "" is silence
Answer = str | tuple[float, str] | list[tuple[float, str]]


class FakeLine:
    """The part of ``calls.Line`` that flows use. Each question takes the next of ``answers``; then there is silence."""

    def __init__(self, *answers: Answer, clock: ManualClock | None = None) -> None:
        self.call = Call(CallId("c-1"), ChannelId("n", "1"), "13800000000", "", "12345", 0.0)
        self.clock = clock or ManualClock(1_000_000.0)
        self.answers = deque(answers)
        self.heard: list[str] = []  # "zh/greeting", in order; "…" behind what was cut short
        self.wanted: list[DigitsWanted] = []
        self.during: dict[str, str] = {}  # a key pressed while a sound is played, once
        self.press_in: Callable[[str], str] = lambda _: ""  # the same, asked each time
        self.data = CallData()  # what another hotline has told
        self.broken: set[str] = set()  # sounds that cannot be played
        self.hangs_up_at: float | None = None  # on the pretended clock
        self._ahead: list[str] = []

    def wait(self, seconds: float) -> None:
        """Let time pass; the caller may hang up meanwhile."""
        end = self.clock.now() + seconds
        if self.hangs_up_at is not None and self.hangs_up_at <= end:
            self.clock.advance(max(0.0, self.hangs_up_at - self.clock.now()))
            raise CallerHungUp
        self.clock.advance(seconds)

    async def play(self, sounds: Sequence[Sound], *, interrupt: str = "") -> str:
        self.wait(0)
        for sound in sounds:
            name = str(sound.path)
            self._say(name)
            key = self.press_in(name) or self.during.get(name)
            if key and (key == HANG_UP or key in interrupt):
                self.during.pop(name, None)
                self.wait(SOUND_S / 2)
                if key == HANG_UP:
                    raise CallerHungUp
                self.heard[-1] += "…"
                return key
            self.wait(SOUND_S)
        return ""

    async def collect(self, sounds: Sequence[Sound], wanted: DigitsWanted) -> Digits:
        self.wait(0)
        self.wanted.append(wanted)
        keys = self._keys()
        said = SOUND_S * len(sounds)
        if not wanted.barge_in:
            keys = [(at, key) for at, key in keys if at >= said]
        elif keys and keys[0][0] < said:
            said = keys[0][0]
        for index, sound in enumerate(sounds):
            if index * SOUND_S < said or (not index and not said):
                self._say(str(sound.path))
        pressed, since = "", said
        while len(pressed) < wanted.max_digits:
            limit = wanted.between_timeout_s if pressed else wanted.first_timeout_s
            if not keys or keys[0][0] - since > limit:
                self._ahead = []
                self.wait(since + limit)
                return Digits(pressed, DigitsEnd.TIMEOUT)
            since, key = keys.pop(0)
            if key == HANG_UP:
                raise CallerHungUp
            if key in wanted.terminators:
                self._done(since, keys)
                return Digits(pressed, DigitsEnd.TERMINATED)
            pressed += key
        self._done(since, keys)
        return Digits(pressed, DigitsEnd.COMPLETE)

    def forget_digits(self) -> None:
        self._ahead = []

    async def call_data(self) -> CallData:
        self.wait(0)
        return self.data

    async def music(self, *, on: bool, name: str = "default") -> None:
        self.wait(0)
        self.heard.append("music" if on else "silence")

    async def record(self, path: Path, limits: RecordLimits) -> Recorded:
        lasts = SPOKEN_S + limits.silence_s
        self.wait(lasts)
        return Recorded(path, lasts, RecordEnd.SILENCE)

    def _keys(self) -> list[tuple[float, str]]:
        """Return when (from now) which key is pressed: those typed ahead, or the next answer."""
        if self._ahead:
            return [(0.0, key) for key in self._ahead]
        answer = self.answers.popleft() if self.answers else ""
        if isinstance(answer, list):
            return list(answer)
        first, keys = answer if isinstance(answer, tuple) else (GAP_S, answer)
        if keys == HANG_UP:
            return [(first, HANG_UP)]
        return [(first + GAP_S * i, key) for i, key in enumerate(keys)]

    def _done(self, at: float, rest: list[tuple[float, str]]) -> None:
        self._ahead = [key for _, key in rest]
        self.wait(at)

    def _say(self, name: str) -> None:
        if name in self.broken:
            raise LineFault(f"cannot play {name}")
        self.heard.append(name)


class FakePlayer:
    """A prompt's sound is called after its language and name; values of marks are appended."""

    async def sounds(self, name: str, text: str, language: Language, **slots: object) -> list[Sound]:
        assert text, f"{name} has no text in {language}"
        return [Sound(Path("=".join([f"{language.value}/{name}", *map(str, slots.values())])))]


class FakeServices:
    """The other rooms: says what each service is to answer, keeps what it was asked. An exception is raised."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, object]] = []
        self.queues: deque[QueueEnd | KeyPressed | Exception] = deque()  # then SERVED
        self.tickets: dict[str, str] = {}
        self.ticket_phone = "13800000000"  # for which all of them were made
        self.locked = False  # too many wrong digits
        self.transfers: deque[TransferEnd | Exception] = deque()  # then DONE
        self.broken: dict[str, Exception] = {}
        self.closed: Closure | None = None
        self.passed_on: list[CallData | None] = []
        self.outside = self  # facts, look-ups and PINs, too
        self.facts = self.lookups = self.pins = self
        self.queue_figures: dict[str, QueueNow] = {}
        self.calls, self.last = 0, None
        self.answers: deque[object] = deque()  # of look-ups; then None
        self.pin = "4711"
        self.wrong_pins = 0
        self.messages: list[tuple[str, Recorded]] = []
        self.message_s = 5.0
        self.says: list[float] = []  # seconds of the messages to come, before that
        self.boxes: dict[str, Box] = {}
        self.records = False  # whether callers are to be told that they are recorded
        self.kept_out: list[str] = []  # what the line heard that is in no recording
        self.told: list[str] = []  # before which queues they were

    async def queue(self, line: FakeLine, request: QueueRequest) -> QueueEnd | KeyPressed:
        self._ask("queue", request)
        line.wait(0)
        return self._next(self.queues, QueueEnd.SERVED)

    async def ticket_state(self, number: str, caller: str, last_digits: str | None = None) -> TicketAnswer:
        self._ask("ticket_state", number)
        if self.locked:
            return TicketAnswer(TicketEnd.ASK if last_digits is None else TicketEnd.LOCKED)
        state, phone = self.tickets.get(number, ""), self.ticket_phone
        if state and (caller == phone if last_digits is None else last_digits == phone[-4:]):
            return TicketAnswer(TicketEnd.TOLD, state)
        return TicketAnswer(TicketEnd.ASK if last_digits is None else TicketEnd.UNKNOWN)

    def to_be_told(self, line: FakeLine, queue: str) -> bool:
        if not self.records or self.told:
            return False
        self.told.append(queue)
        return True

    async def box(self, line: FakeLine, box: str) -> Box:
        return self.boxes.get(box, Box())

    async def draft_message(self, line: FakeLine, box: str, limits: RecordLimits) -> Recorded:
        self._ask("draft", box)
        return replace(
            await line.record(Path("m.wav"), limits),
            duration_s=(self.says.pop(0) if self.says else self.message_s) + limits.silence_s,
        )

    def send_message(self, line: FakeLine, box: str, recorded: Recorded) -> None:
        self._ask("send", box)
        self.messages.append((box, recorded))

    def drop_message(self, recorded: Recorded) -> None:
        self._ask("drop", recorded.path)

    async def queue_now(self, queue: str) -> QueueNow:
        self._ask("queue_now", queue)
        return self.queue_figures.get(queue, QueueNow(0, 3, 2, 0.0))

    async def calls_since(self, caller: str, since: float, but: str) -> int:
        self._ask("calls_since", (caller, since, but))
        return self.calls

    async def last_ticket(self, caller: str) -> str | None:
        self._ask("last_ticket", caller)
        return self.last

    async def over_http(self, question: HttpQuestion) -> object:
        self._ask("http", question)
        return self._next(self.answers, None)

    async def in_database(self, query: str, values: dict[str, str], timeout_s: float) -> object:
        self._ask("database", (query, dict(values)))
        return self._next(self.answers, None)

    async def answer(self, name: str, digits: str, caller: str) -> PinAnswer:
        self._ask("pin", name)
        if self.wrong_pins >= 5:
            return PinAnswer.LOCKED
        self.wrong_pins += digits != self.pin
        return PinAnswer.RIGHT if digits == self.pin else PinAnswer.WRONG

    async def transfer(self, line: FakeLine, department: str, data: CallData | None = None) -> TransferEnd:
        self._ask("transfer", department)
        self.passed_on.append(data)
        line.wait(0)
        return self._next(self.transfers, TransferEnd.DONE)

    def closing(self, flow: str, dialled: str) -> Closure | None:
        return self.closed

    @contextlib.asynccontextmanager
    async def unrecorded(self, line: FakeLine) -> AsyncIterator[None]:
        before = len(line.heard)
        try:
            yield
        finally:
            self.kept_out += line.heard[before:]

    def asked_for(self, service: str) -> list[object]:
        return [what for name, what in self.asked if name == service]

    def _ask(self, service: str, what: object) -> None:
        self.asked.append((service, what))
        if service in self.broken:
            raise self.broken[service]

    @staticmethod
    def _next(answers: deque, otherwise: object):
        answer = answers.popleft() if answers else otherwise
        if isinstance(answer, Exception):
            raise answer
        return answer


class Visit:
    """One call through one flow."""

    def __init__(self, flow: Flow, *answers: Answer, at: float = 1_000_000.0, others: Sequence[Flow] = ()) -> None:
        self.line = FakeLine(*answers, clock=ManualClock(at))
        self.services = FakeServices()
        self.timeline = MemoryTimeline()
        self._others = others
        self._parts = (flow, self.line, self.services, FakePlayer(), SYSTEM, self.timeline, self.line.clock)

    async def run(self, start: str | None = None, **where: Any) -> FlowEnd:
        return await Interpreter(*self._parts, others=self._others).run(start, **where)

    @property
    def steps(self) -> list[str]:
        return [event.step for event in self.timeline.events if type(event).__name__ == "StepEntered"]

    def events(self, kind: str) -> list:
        return [event for event in self.timeline.events if type(event).__name__ == kind]
