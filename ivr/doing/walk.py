"""What a step has at hand while it is done: the caller's line, the voice, the other rooms, and where the caller has
been."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from calls import Call, Clock, Language, Line, Timeline
from calls.timeline import DigitsEntered, LanguageChosen, ServiceDelivered, StepEntered, SubjectNoted, ValuesSet
from ivr.model import Flow
from ivr.services import FlowServices
from ivr.speaker import Speaker
from ivr.system_prompts import SystemPrompts

FLOW_KEYS = "0*#"
"""Keys that keep their meaning everywhere: a person, back, again."""

MOST_AGAIN = 20
"""Times that a step is said again because the caller presses ``#``; a stuck key gets a person."""

MOST_CALLS = 10
"""Calls of steps that may be open, one in another; the checker allows less."""

PASSED_TICKET = "passed_ticket"
"""The variable that holds the ticket of the hotline which passed the caller on."""

SECRET = "•"
"""What is shown for each digit that is secret."""


@dataclass(frozen=True, slots=True)
class FlowEnd:
    """How a flow ended: at which step, and why."""

    step: str
    reason: str  # "hangup", "served", "transferred", "too_long"


@dataclass(frozen=True, slots=True)
class Frame:
    """Where an open call of steps goes on; step None: nowhere, with a goodbye."""

    flow: Flow
    step: str | None

    def __str__(self) -> str:
        return f"{self.flow.name}/{self.step or ''}"


@dataclass(frozen=True, slots=True)
class _Stop:
    """A menu that the caller went through, and how many calls of steps were open there."""

    flow: Flow
    step: str
    depth: int


@dataclass(slots=True)
class Walk:
    """One call's walk through the flow that answers it, and through others that this one calls. A step returns the name
    of the next one, or None: the flow is over."""

    flow: Flow  # the one that the present step is of
    line: Line
    services: FlowServices
    speaker: Speaker
    system: SystemPrompts
    timeline: Timeline
    clock: Clock
    others: Mapping[str, Flow] = field(default_factory=dict)  # flows that may be called, by name
    home: Flow = field(init=False)  # the flow that answers the call
    step: str = ""  # the present one
    reason: str = "hangup"  # why the flow ends, if it ends with the present step
    menus: list[_Stop] = field(default_factory=list)  # menus above the present one, for ``*``
    returns: list[Frame] = field(default_factory=list)  # where each open ``call`` goes on, the last one first out
    again: bool = False  # the present step is entered once more: short prompt
    person_asked: bool = False
    told_closed: bool = False  # the caller has heard that it is closed by order
    resumed: bool = False  # the present step was begun by a service that died: the caller has heard its beginning

    def __post_init__(self) -> None:
        self.home = self.flow

    @property
    def call(self) -> Call:
        """The call that walks here."""
        return self.line.call

    @property
    def person(self) -> str:
        """The step that leads this caller to a person."""
        return self.flow.person_for(self.call.language)

    @property
    def end(self) -> FlowEnd:
        """How the flow ends, if it ends with the present step."""
        return FlowEnd(self.step, self.reason)

    def enter(self, step: str) -> None:
        """Note that the caller reached a step."""
        self.step, self.reason = step, "hangup"
        returns = [str(frame) for frame in self.returns]
        self.timeline.append(
            StepEntered(call=self.call.id, at=self.clock.now(), flow=self.flow.name, step=step, returns=returns)
        )

    def go_into(self, flow: Flow) -> None:
        """Go on in a flow: its steps, prompts and persons count from here on."""
        self.flow = self.speaker.flow = flow

    def come_round(self) -> None:
        """Note that the caller is in the present menu: what is behind it now is what was behind it before."""
        for index, stop in enumerate(self.menus):
            if stop.flow is self.flow and stop.step == self.step:
                del self.menus[index:]
                return

    def go_below(self) -> None:
        """Note that the caller went on from the present menu: the way back leads here."""
        self.menus.append(_Stop(self.flow, self.step, len(self.returns)))

    def back(self) -> str | None:
        """Return the menu before the present one, or None when there is none."""
        return self._back_to(len(self.menus) - 1) if self.menus else None

    def top(self) -> str | None:
        """Return the first menu, or None when the present one is it."""
        return self._back_to(0) if self.menus else None

    def _back_to(self, index: int) -> str:
        stop = self.menus[index]
        del self.menus[index:]
        del self.returns[stop.depth :]
        self.again = True
        self.go_into(stop.flow)
        return stop.step

    async def closed(self) -> bool:
        """Return whether calls like this are closed by order; the caller is told so, once."""
        names = dict.fromkeys((self.home.name, self.flow.name))
        closure = next(filter(None, (self.services.closing(name, self.call.dialled) for name in names)), None)
        if closure is None:
            return False
        if not self.told_closed:
            self.told_closed = True
            await self.speaker.say(closure.prompt or "closed_now")
        return True

    def about(self, subject: str, source: str) -> None:
        """Note what the call is about."""
        if subject and subject != self.call.subject:
            self.call.subject = subject
            self.timeline.append(SubjectNoted(call=self.call.id, at=self.clock.now(), subject=subject, source=source))

    def speak(self, language: Language) -> None:
        """Speak a language from here on."""
        self.call.language = language
        self.timeline.append(LanguageChosen(call=self.call.id, at=self.clock.now(), language=language.value))

    def keep(self, values: Mapping[str, str], tags: Iterable[str] = (), *, secrets: Collection[str] = ()) -> None:
        """Keep values under their names, and tags; those named in ``secrets`` are in no record."""
        self.call.variables.update(values)
        self.call.secrets.difference_update(values)
        self.call.secrets.update(secrets)
        new = [tag for tag in dict.fromkeys(tags) if tag not in self.call.tags]
        self.call.tags += new
        shown = {name: value for name, value in values.items() if name not in secrets}
        if shown or new:
            self.timeline.append(ValuesSet(call=self.call.id, at=self.clock.now(), values=shown, tags=new))

    def delivered(self, service: str) -> None:
        """Note that the caller was given some self-service."""
        self.timeline.append(ServiceDelivered(call=self.call.id, at=self.clock.now(), service=service))

    def note(self, digits: str, verdict: str, *, secret: bool = False, into: str = "") -> None:
        """Note what the caller pressed, what the step made of it and the variable it is kept in."""
        self.timeline.append(
            DigitsEntered(
                call=self.call.id,
                at=self.clock.now(),
                flow=self.flow.name,
                step=self.step,
                digits=SECRET * len(digits) if secret else digits,
                verdict=verdict,
                into=into,
            )
        )
