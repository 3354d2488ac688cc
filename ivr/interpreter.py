"""Carries a caller through a flow: straight-line, one step after the other, until the flow ends or the caller leaves.

Keys that always keep their meaning, unless a menu gives them its own: ``0`` a person, ``*`` back to the menu before,
``#`` again. Whatever goes wrong leads to a person, never to dead air.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from calls import CallerHungUp, CallId, Clock, Language, Line, LineFault, Timeline
from calls.line import RecordLimits
from calls.timeline import DigitsEntered, LanguageChosen, ServiceDelivered, StepEntered
from ivr.asking import Answer, ask
from ivr.hours import is_open
from ivr.model import Flow
from ivr.services import FlowServices, PromptPlayer, QueueEnd, QueueRequest, TransferEnd
from ivr.speaker import Speaker
from ivr.steps import (
    ChooseLanguage,
    Collect,
    Goto,
    HangUp,
    Hours,
    Menu,
    Queue,
    Say,
    TicketState,
    Transfer,
    Voicemail,
)
from ivr.system_prompts import SystemPrompts

log = structlog.get_logger(__name__)

_MOST_STEPS = 500  # of one call; more is a flow gone wrong, and the caller gets a person
_LAST_STEPS = 50  # on the way to that person
_MOST_AGAIN = 20  # times that a step is said again because the caller presses "#"; a stuck key gets a person
_FLOW_KEYS = "0*#"  # person, back, again
_SECRET = "•"


@dataclass(frozen=True, slots=True)
class FlowEnd:
    """How a flow ended: at which step, and why."""

    step: str
    reason: str  # "hangup", "served", "transferred", "too_long"


@dataclass(slots=True)
class _Way:
    """Where the caller has been."""

    menus: list[str] = field(default_factory=list)  # menus above the present one, for ``*``
    again: bool = False  # the present step is entered once more: short prompt
    person_asked: bool = False


class Interpreter:
    """One call's walk through one flow."""

    def __init__(  # noqa: PLR0917 - a call's parts, always all of them
        self,
        flow: Flow,
        line: Line,
        services: FlowServices,
        prompts: PromptPlayer,
        system: SystemPrompts,
        timeline: Timeline,
        clock: Clock,
    ) -> None:
        self._flow = flow
        self._line = line
        self._services = services
        self._speaker = Speaker(flow, line, prompts, system)
        self._system = system
        self._timeline = timeline
        self._clock = clock
        self._way = _Way()
        self._end = FlowEnd("", "hangup")

    async def run(self, start: str | None = None) -> FlowEnd:
        """Walk from ``start`` (default: the flow's) to the end. Raises ``CallerHungUp`` when the caller leaves, and
        ``LineFault`` only when not even a person can be asked for."""
        name: str | None = start if start is not None and start in self._flow.steps else self._flow.start
        name = await self._walk(name, _MOST_STEPS)
        if name is None:
            return self._end
        log.error("flow.too_many_steps", flow=self._flow.name, step=name)
        self._way.person_asked = True
        await self._walk(self._person, _LAST_STEPS)
        return FlowEnd(self._end.step, "too_long")

    async def _walk(self, name: str | None, most: int) -> str | None:
        """Do steps until the flow ends (None), or return the next one when there were too many."""
        for _ in range(most):
            if name is None:
                return None
            self._end = FlowEnd(name, "hangup")
            self._timeline.append(StepEntered(call=self._call, at=self._clock.now(), flow=self._flow.name, step=name))
            name = await self._step_or_person(name)
        return name

    @property
    def _call(self) -> CallId:
        return self._line.call.id

    @property
    def _person(self) -> str:
        return self._flow.person_for(self._line.call.language)

    async def _step_or_person(self, name: str) -> str | None:
        """Do a step. When it fails, the caller is told and gets a person; when that failed, ``LineFault``."""
        try:
            return await self._step(name)
        except CallerHungUp:
            raise
        except LineFault as fault:
            log.warning("flow.step_failed", flow=self._flow.name, step=name, error=str(fault))
            return await self._after_fault(name, fault)
        except Exception as fault:
            log.exception("flow.step_failed", flow=self._flow.name, step=name)
            return await self._after_fault(name, fault)

    async def _after_fault(self, failed: str, fault: Exception) -> str:
        step = self._flow.steps[failed]
        if isinstance(step, Say) and (self._way.person_asked or failed == self._person):
            return step.next  # what could not be said on the way to a person is left out
        if self._way.person_asked or failed == self._person:
            raise LineFault(f"step {failed!r} failed, and a person was asked for already") from fault
        self._way.person_asked = True
        with suppress(LineFault):
            await self._speaker.say("fault")
        return self._person

    async def _step(self, name: str) -> str | None:  # noqa: PLR0911 - one case a kind of step
        step = self._flow.steps[name]
        match step:
            case Say():
                return await self._say(step)
            case Menu():
                return await self._menu(name, step)
            case Collect():
                return await self._collect(name, step)
            case ChooseLanguage():
                self._line.call.language = step.language
                self._timeline.append(
                    LanguageChosen(call=self._call, at=self._clock.now(), language=step.language.value)
                )
                return step.next
            case Hours():
                return step.when_open if is_open(step, self._clock.now()) else step.when_closed
            case TicketState():
                return await self._ticket_state(step)
            case Queue():
                return await self._queue(name, step)
            case Voicemail():
                return await self._voicemail(step)
            case Transfer():
                return await self._transfer(name, step)
            case Goto():
                return step.next
            case HangUp():
                await self._speaker.say(step.prompt or "goodbye")
                return None

    # -- steps -----------------------------------------------------------------------------------------------------

    async def _say(self, step: Say) -> str:
        again = False
        for _ in range(_MOST_AGAIN):
            digit = await self._speaker.say(step.prompt, interrupt=_FLOW_KEYS)
            if not digit and step.also_in is not None and step.also_in is not self._line.call.language:
                digit = await self._speaker.say(step.prompt, interrupt=_FLOW_KEYS, language=step.also_in)
            if digit != "#":
                break
            again = True
        if step.service and (again or digit not in ("0", "*")):  # who asks for it again has heard it
            self._delivered(step.service)
        if digit == "0":
            return self._person
        if digit == "*":
            return self._back() or step.next
        return step.next

    async def _menu(self, name: str, step: Menu) -> str:
        if name in self._way.menus:  # come round to it again: what is behind it now is what was behind it then
            del self._way.menus[self._way.menus.index(name) :]
        for _ in range(_MOST_AGAIN):
            answer = await self._asked(name, step, step.choices)
            if answer.verdict != "match":
                return answer.exit or self._person
            if answer.pressed in step.choices:
                self._way.menus.append(name)
                return step.choices[answer.pressed]
            if answer.pressed == "0":
                return self._person
            if answer.pressed == "*" and (back := self._back()) is not None:
                return back
            # "#", or "*" in the first menu: the same once more
        return self._person

    async def _collect(self, name: str, step: Collect) -> str:
        for _ in range(_MOST_AGAIN):
            answer = await self._asked(name, step, None)
            if answer.verdict != "match":
                return answer.exit or self._person
            if answer.pressed == "*":
                return self._back() or self._person
            if answer.pressed == "0":
                return self._person
            if answer.pressed != "#":
                self._line.call.variables[step.into] = answer.pressed
                return step.next
        return self._person

    async def _asked(self, name: str, step: Menu | Collect, choices: Mapping[str, str] | None) -> Answer:
        answer = await ask(self._line, self._speaker, step, choices, again=self._way.again)
        self._way.again = False
        secret = isinstance(step, Collect) and step.secret
        self._note(name, _SECRET * len(answer.pressed) if secret else answer.pressed, answer.verdict)
        return answer

    async def _ticket_state(self, step: TicketState) -> str:
        number = self._line.call.variables.get(step.number, "")
        state = await self._services.ticket_state(number, self._line.call.caller)
        if state is None:
            await self._speaker.say("ticket_not_found")
            return step.not_found
        words = self._system.state(state, self._line.call.language)
        await self._speaker.say("ticket_found", ticket=number, state=words)
        self._delivered("ticket_state")
        return step.found

    async def _queue(self, name: str, step: Queue) -> str | None:
        if step.prompt is not None:
            await self._speaker.say(step.prompt)
        skills = dict(step.skills)
        language = self._line.call.language
        if language is not Language.ZH:
            skills.setdefault(f"lang.{language.value}", 1)
        ended = await self._services.queue(self._line, QueueRequest(step.queue, skills, step.priority))
        match ended:
            case QueueEnd.SERVED:
                self._end = FlowEnd(name, "served")
                if step.after is not None:
                    return step.after
                await self._speaker.say("goodbye")
                return None
            case QueueEnd.TIMEOUT:
                return step.timeout or step.nobody_staffed
            case QueueEnd.FULL:
                return step.full or step.nobody_staffed
            case QueueEnd.NOBODY_STAFFED:
                return step.nobody_staffed

    async def _voicemail(self, step: Voicemail) -> str:
        if step.prompt is not None:
            await self._speaker.say(step.prompt)
        await self._speaker.say("voicemail_intro")
        limits = RecordLimits(max_s=step.longest_s, silence_s=step.silence_s)
        await self._services.leave_message(self._line, step.box, limits)
        await self._speaker.say("message_saved")
        return step.next

    async def _transfer(self, name: str, step: Transfer) -> str | None:
        await self._speaker.say(step.prompt or "connecting")
        if await self._services.transfer(self._line, step.department) is TransferEnd.DONE:
            self._end = FlowEnd(name, "transferred")
            return step.next
        await self._speaker.say("department_failed")
        return step.failed

    # -- parts -----------------------------------------------------------------------------------------------------

    def _back(self) -> str | None:
        """Return the menu before the present one, or None when there is none."""
        if not self._way.menus:
            return None
        self._way.again = True
        return self._way.menus.pop()

    def _delivered(self, service: str) -> None:
        self._timeline.append(ServiceDelivered(call=self._call, at=self._clock.now(), service=service))

    def _note(self, step: str, digits: str, verdict: str) -> None:
        self._timeline.append(
            DigitsEntered(
                call=self._call, at=self._clock.now(), flow=self._flow.name, step=step, digits=digits, verdict=verdict
            )
        )
