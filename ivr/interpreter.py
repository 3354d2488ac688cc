"""Carries a caller through a flow: straight-line, one step after the other, until the flow ends or the caller leaves.

Keys that always keep their meaning, unless a menu gives them its own: ``0`` a person, ``*`` back to the menu before,
``#`` again. Whatever goes wrong leads to a person, never to dead air.
"""

from dataclasses import dataclass, field

import structlog

from calls import CallId, Clock, Language, Line, LineFault, Timeline
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
        for _ in range(_MOST_STEPS):
            if name is None:
                return self._end
            self._end = FlowEnd(name, "hangup")
            self._timeline.append(StepEntered(call=self._call, at=self._clock.now(), flow=self._flow.name, step=name))
            name = await self._step_or_person(name)
        log.error("flow.too_many_steps", flow=self._flow.name, step=name)
        self._way.person_asked = True
        await self._step(self._person)
        return FlowEnd(self._end.step, "too_long")

    @property
    def _call(self) -> CallId:
        return self._line.call.id

    @property
    def _person(self) -> str:
        return self._flow.person_for(self._line.call.language)

    async def _step_or_person(self, name: str) -> str | None:
        """Do a step. When it fails, the last exit is a person; when that failed, ``LineFault``."""
        try:
            return await self._step(name)
        except LineFault as fault:
            log.warning("flow.step_failed", flow=self._flow.name, step=name, error=str(fault))
            return self._after_fault(name)

    def _after_fault(self, failed: str) -> str:
        if self._way.person_asked or failed == self._person:
            raise LineFault(f"step {failed!r} failed, and a person was asked for already")
        self._way.person_asked = True
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
        digit = await self._speaker.say(step.prompt, interrupt="0*#")
        if not digit and step.also_in is not None and step.also_in is not self._line.call.language:
            await self._speaker.say(step.prompt, language=step.also_in)
        if step.service and digit not in ("0", "*"):
            self._delivered(step.service)
        if digit == "0":
            return self._person
        if digit == "*":
            return self._back() or step.next
        return step.next

    async def _menu(self, name: str, step: Menu) -> str:
        if name in self._way.menus:  # come round to it again: what is behind it now is what was behind it then
            del self._way.menus[self._way.menus.index(name) :]
        while True:
            answer = await ask(self._line, self._speaker, step, step.choices, again=self._way.again)
            self._way.again = False
            self._note(name, answer.pressed, answer.verdict)
            if answer.verdict != "match":
                return answer.exit or self._person
            if answer.pressed in step.choices:
                self._way.menus.append(name)
                return step.choices[answer.pressed]
            if answer.pressed == "0":
                return self._person
            if answer.pressed == "*":
                back = self._back()
                if back is not None:
                    return back
            self._way.again = True  # "#", or "*" in the first menu: the same once more

    async def _collect(self, name: str, step: Collect) -> str:
        answer: Answer = await ask(self._line, self._speaker, step, None, again=self._way.again)
        self._way.again = False
        shown = _SECRET * len(answer.pressed) if step.secret else answer.pressed
        self._note(name, shown, answer.verdict)
        if answer.verdict != "match":
            return answer.exit or self._person
        if answer.pressed == "*":
            return self._back() or self._person
        if answer.pressed == "0":
            return self._person
        self._line.call.variables[step.into] = answer.pressed
        return step.next

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
