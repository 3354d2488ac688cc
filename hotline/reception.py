"""The reception: one coroutine per call, straight from ring to hang-up.

It composes: the flow says what the caller hears, the distributor finds a person, the recorder keeps what was said.
It decides nothing but what to do when one of them fails: the last exit is always a person.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from calls import CallerHungUp, Clock, Language, Line, LineFault, Outcome
from calls.identity import mask_number
from calls.standing import Stage, Standing, outcome_of
from calls.timeline import CallArrived, CallEnded, CallResumed
from hotline.call_timeline import Timelines
from hotline.callbacks import Callbacks
from hotline.caller_services import CallerServices
from hotline.desks import Desks
from hotline.takeover import Takeover
from ivr import Flow, FlowBook, Interpreter, PromptPlayer, SystemPrompts
from ivr.steps import Queue

log = structlog.get_logger(__name__)

_IN_LINE = (Stage.WAITING, Stage.RINGING, Stage.PARKED, Stage.TALKING)  # a queue's step goes on with all of these
_TALKED = (Stage.AFTER_TALK, Stage.HANDED_OVER)


@dataclass(frozen=True, slots=True)
class Reception:
    """Serves every call that reaches the service; ``serve`` is handed to the switchboard."""

    flows: FlowBook
    prompts: PromptPlayer
    system: Callable[[], SystemPrompts]  # those for calls that come now
    desks: Desks
    timelines: Timelines
    takeover: Takeover
    clock: Clock
    callbacks: Callbacks | None = None

    async def serve(self, line: Line) -> None:
        """Carry one call from its first sound to its last event."""
        call = line.call
        past = self.takeover.claim(call.id)
        self.timelines.open(call.id, past.events if past else ())
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(call=call.id)
        now = self.clock.now()
        if past is None:
            self.timelines.append(
                CallArrived(call=call.id, at=now, caller=call.caller, caller_name=call.caller_name,
                            dialled=call.dialled, node=call.channel.node, unique_id=call.channel.unique_id)
            )  # fmt: skip
            log.info("call.arrived", caller=mask_number(call.caller), dialled=call.dialled)
        else:
            call.resumed = True
            self.timelines.append(CallResumed(call=call.id, at=now))
            log.info("call.resumed", stage=past.standing.stage)
        cause, failed = "", False
        try:
            await self._carry(line)
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
        self._end(line, cause, failed=failed)

    def _end(self, line: Line, cause: str, *, failed: bool) -> None:
        call = line.call.id
        standing = self.timelines.standing(call)
        outcome = outcome_of(standing)
        if failed and outcome is not Outcome.ANSWERED:
            outcome = Outcome.FAILED
        self.timelines.append(CallEnded(call=call, at=self.clock.now(), outcome=outcome, cause=cause))
        for path in standing.unstored:
            self.desks.recorder.talk_ended(call, path)
        self.timelines.close(call)
        log.info("call.ended", outcome=outcome, cause=cause)

    async def _carry(self, line: Line) -> None:
        """Run the flow; when it breaks with the caller still there, a person is the last exit."""
        flow = self.flows.flow_for(line.call.dialled)
        services = CallerServices(self.desks, self.timelines, self.clock, self.callbacks)
        standing = self.timelines.standing(line.call.id)
        if standing.language:
            line.call.language = Language(standing.language)
        line.call.subject = standing.subject
        line.call.variables |= standing.values
        line.call.tags += standing.tags
        await line.answer(wait=False)  # an agent is found meanwhile
        interpreter = Interpreter(
            flow, line, services, self.prompts, self.system(), self.timelines, self.clock, others=self.flows.flows
        )
        try:
            await self._walk(interpreter, line, services, standing, flow)
        except (CallerHungUp, asyncio.CancelledError):
            raise
        except Exception as error:
            if isinstance(error, LineFault):
                log.warning("call.line_fault", error=str(error))
            else:
                log.exception("call.flow_broke")
            if self.timelines.standing(line.call.id).talked:
                return
            await services.person_at_last(line)

    async def _walk(
        self, interpreter: Interpreter, line: Line, services: CallerServices, standing: Standing, home: Flow
    ) -> None:
        """Begin the flow, or go on where a caller stands who is taken over."""
        present = self._present(standing, home)
        step = None if present is None else present.steps.get(standing.step)
        start = None if present is None else standing.step
        if standing.stage in _IN_LINE:
            if not isinstance(step, Queue):
                await services.wait_again(line, standing)
                return
            services.waited(line, standing)  # the step goes on afterwards
        elif standing.stage in _TALKED or standing.step_done:  # that ended while nobody looked
            following = None if present is None else present.behind(standing.step)
            start = step.after if isinstance(step, Queue) else following
            if start is None:
                await interpreter.part()
                return
        end = await interpreter.run(
            start, flow=home.name if present is None else present.name, returns=standing.returns,
            begun=standing.stage in _IN_LINE,
        )  # fmt: skip
        log.info("flow.ended", flow=home.name, end=str(end))

    def _present(self, standing: Standing, home: Flow) -> Flow | None:
        """Return the flow that a caller taken over was in; None when it is gone, or they have not begun yet."""
        for flow in (home, *self.flows.flows):
            if flow.name == standing.flow and (flow is home or standing.returns):
                return flow if standing.step in flow.steps else None
        return None
