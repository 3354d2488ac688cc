"""The reception: one coroutine per call, straight from ring to hang-up.

It composes: the flow says what the caller hears, the distributor finds a person, the recorder keeps what was said.
It decides nothing but what to do when one of them fails: the last exit is always a person.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import structlog

from calls import CallerHungUp, Clock, Language, Line, LineFault, Outcome, Timeline
from calls.identity import mask_number
from calls.standing import Stage, outcome_of
from calls.timeline import CallArrived, CallEnded, CallResumed, Event
from hotline.call_timeline import CallTimeline
from hotline.caller_services import CallerServices, Desks
from hotline.takeover import Takeover
from ivr import Flow, FlowBook, Interpreter, PromptPlayer

log = structlog.get_logger(__name__)

Observer = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Reception:
    """Serves every call that reaches the service; ``serve`` is handed to the switchboard."""

    flows: FlowBook
    prompts: PromptPlayer
    desks: Desks
    journal: Timeline
    takeover: Takeover
    clock: Clock
    observers: Iterable[Observer] = field(default_factory=tuple)

    async def serve(self, line: Line) -> None:
        """Carry one call from its first sound to its last event."""
        call = line.call
        past = self.takeover.claim(call.id)
        timeline = CallTimeline(self.journal, self.observers, past.events if past else ())
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(call=call.id)
        now = self.clock.now()
        if past is None:
            timeline.append(
                CallArrived(call=call.id, at=now, caller=call.caller, caller_name=call.caller_name,
                            dialled=call.dialled, node=call.channel.node, unique_id=call.channel.unique_id)
            )  # fmt: skip
            log.info("call.arrived", caller=mask_number(call.caller), dialled=call.dialled)
        else:
            call.resumed = True
            timeline.append(CallResumed(call=call.id, at=now))
            log.info("call.resumed", stage=past.standing.stage)
        cause, failed = "", False
        try:
            await self._carry(line, timeline)
            await line.hang_up()
            cause = "service"
        except CallerHungUp:
            cause = "caller"
        except asyncio.CancelledError:
            log.info("call.left_to_the_next_service")  # no CallEnded: the caller is still there and will be taken over
            raise
        except Exception as error:
            log.exception("call.failed")
            cause, failed = f"{type(error).__name__}: {error}"[:200], True
            await line.hang_up()
        self._end(timeline, line, cause, failed=failed)

    def _end(self, timeline: CallTimeline, line: Line, cause: str, *, failed: bool) -> None:
        outcome = outcome_of(timeline.standing)
        if failed and outcome is not Outcome.ANSWERED:
            outcome = Outcome.FAILED
        timeline.append(CallEnded(call=line.call.id, at=self.clock.now(), outcome=outcome, cause=cause))
        log.info("call.ended", outcome=outcome, cause=cause)

    async def _carry(self, line: Line, timeline: CallTimeline) -> None:
        """Run the flow; when it breaks with the caller still there, a person is the last exit."""
        flow = self.flows.flow_for(line.call.dialled)
        services = CallerServices(self.desks, timeline, self.clock)
        standing = timeline.standing
        if standing.language:
            line.call.language = Language(standing.language)
        await line.answer()
        try:
            if standing.stage in (Stage.WAITING, Stage.RINGING):
                await services.wait_again(line, standing)
                return
            if standing.stage in (Stage.TALKING, Stage.AFTER_TALK, Stage.HANDED_OVER):
                return  # the talk ended while nobody looked: nothing is left but to say goodbye
            start = standing.step if standing.flow == flow.name and standing.step else None
            await self._run(flow, line, services, timeline, start)
        except (CallerHungUp, asyncio.CancelledError):
            raise
        except Exception as error:
            if isinstance(error, LineFault):
                log.warning("call.line_fault", error=str(error))
            else:
                log.exception("call.flow_broke")
            if timeline.standing.talked:
                return
            await services.person_at_last(line)

    async def _run(
        self, flow: Flow, line: Line, services: CallerServices, timeline: CallTimeline, start: str | None
    ) -> None:
        interpreter = Interpreter(flow, line, services, self.prompts, timeline, self.clock)
        end = await interpreter.run(start)
        log.info("flow.ended", flow=flow.name, end=str(end))
