"""Carries a caller through a flow: straight-line, one step after the other, until the flow ends or the caller leaves.

Keys that always keep their meaning, unless a menu gives them its own: ``0`` a person, ``*`` back to the menu before,
``#`` again. Whatever goes wrong leads to a person, never to dead air. What each step does is in ``ivr.doing``.
"""

from collections.abc import Iterable
from contextlib import suppress

import structlog

from calls import CallerHungUp, Clock, Line, LineFault, Timeline
from ivr.doing import DOING, FlowEnd, Frame, Walk
from ivr.doing.coming_in import come_in
from ivr.model import Flow
from ivr.services import FlowServices, PromptPlayer
from ivr.speaker import Speaker
from ivr.steps import Say
from ivr.system_prompts import SystemPrompts

log = structlog.get_logger(__name__)

_MOST_STEPS = 500  # of one call; more is a flow gone wrong, and the caller gets a person
_LAST_STEPS = 50  # on the way to that person


class Interpreter:
    """One call's walk through the flow that answers it."""

    def __init__(  # noqa: PLR0917 - a call's parts, always all of them
        self,
        flow: Flow,
        line: Line,
        services: FlowServices,
        prompts: PromptPlayer,
        system: SystemPrompts,
        timeline: Timeline,
        clock: Clock,
        *,
        others: Iterable[Flow] = (),
    ) -> None:
        speaker = Speaker(flow, line, prompts, system)
        beside = {other.name: other for other in others}  # the call keeps these, too, whatever is loaded meanwhile
        self._walk = Walk(flow, line, services, speaker, system, timeline, clock, beside)

    async def run(
        self, start: str | None = None, *, flow: str = "", returns: Iterable[str] = (), begun: bool = False
    ) -> FlowEnd:
        """Walk from ``start`` (default: from the beginning) to the end. A call taken over may stand in another flow,
        with calls of steps open (``flow``, ``returns`` as in ``StepEntered``), and in the midst of a step (``begun``).
        Raises ``CallerHungUp`` when the caller leaves, and ``LineFault`` only when not even a person can be asked for.
        """
        walk = self._walk
        name = self._taken_up(start, flow, returns)
        walk.resumed = begun and name is not None
        name = await self._steps(name or await self._first(), _MOST_STEPS)
        if name is None:
            return walk.end
        log.error("flow.too_many_steps", flow=walk.flow.name, step=name)
        walk.person_asked = True
        await self._steps(walk.person, _LAST_STEPS)
        return FlowEnd(walk.step, "too_long")

    async def part(self) -> None:
        """Say goodbye to a caller for whom nothing is left to be done."""
        await self._walk.speaker.say("goodbye")

    def _taken_up(self, start: str | None, flow: str, returns: Iterable[str]) -> str | None:
        """Stand where the call stood; return the step, None when there is no such place any more."""
        walk = self._walk
        flows = {**walk.others, walk.home.name: walk.home}
        present = flows.get(flow or walk.home.name)
        if start is None or present is None or start not in present.steps:
            return None
        for place in returns:
            name, _, step = place.rpartition("/")
            if name in flows and (not step or step in flows[name].steps):
                walk.returns.append(Frame(flows[name], step or None))
            else:
                walk.returns.clear()  # what lies before a place that is gone cannot be come back to
        walk.go_into(present)
        return start

    async def _first(self) -> str:
        """Come in; what cannot be done there costs nobody the call."""
        try:
            return await come_in(self._walk)
        except LineFault as fault:
            log.warning("flow.coming_in_failed", flow=self._walk.flow.name, error=str(fault))
            return self._walk.flow.start

    async def _steps(self, name: str | None, most: int) -> str | None:
        """Do steps until the flow ends (None), or return the next one when there were too many."""
        for _ in range(most):
            if name is None:
                return None
            self._walk.enter(name)
            name = await self._step_or_person(name)
        return name

    async def _step_or_person(self, name: str) -> str | None:
        """Do a step. When it fails, the caller is told and gets a person; when that failed, ``LineFault``."""
        step = self._walk.flow.steps[name]
        try:
            return await DOING[type(step)](self._walk, step)
        except CallerHungUp:
            raise
        except LineFault as fault:
            log.warning("flow.step_failed", flow=self._walk.flow.name, step=name, error=str(fault))
            return await self._after_fault(name, fault)
        except Exception as fault:
            log.exception("flow.step_failed", flow=self._walk.flow.name, step=name)
            return await self._after_fault(name, fault)

    async def _after_fault(self, failed: str, fault: Exception) -> str:
        walk = self._walk
        step = walk.flow.steps[failed]
        if isinstance(step, Say) and (walk.person_asked or failed == walk.person):
            return step.next  # what could not be said on the way to a person is left out
        if walk.person_asked or failed == walk.person:
            raise LineFault(f"step {failed!r} failed, and a person was asked for already") from fault
        walk.person_asked = True
        with suppress(LineFault):
            await walk.speaker.say("fault")
        return walk.person
