"""Walking a flow without a telephone: the real interpreter; caller, time and queues are pretended."""

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from calls import Call, CallerHungUp, CallId, ChannelId, LineFault, ManualClock, MemoryTimeline, Outcome
from calls.standing import outcome_of, standing_of
from calls.timeline import Event, StepEntered
from ivr.interpreter import Interpreter
from ivr.model import Flow
from ivr.rehearsal_line import RehearsalLine, RehearsingCaller
from ivr.rehearsal_prompts import RehearsalPrompts
from ivr.rehearsal_services import RehearsalServices
from ivr.rehearsed import Rehearsed, Visit
from ivr.steps import Hours
from ivr.system_prompts import SystemPrompts

_ZONE = "Asia/Shanghai"


def zone_of(flow: Flow) -> ZoneInfo:
    """Return the time zone that a flow's hours are in: that of its first step that has one."""
    for step in flow.steps.values():
        if isinstance(step, Hours):
            return ZoneInfo(flow.calendar_of(step).zone)
    return ZoneInfo(_ZONE)


async def rehearse(
    flow: Flow,
    system: SystemPrompts,
    caller: RehearsingCaller,
    visit: Visit,
    others: Iterable[Flow] = (),
) -> Rehearsed:
    """Carry a pretended caller through a flow, and ``others`` that it calls, in no time. Raises what ``caller`` raises
    but ``CallerHungUp``."""
    clock, timeline = ManualClock(visit.at), MemoryTimeline()
    call = Call(
        CallId("rehearsal"), ChannelId("rehearsal", "1"), visit.caller, "", visit.dialled or _number_of(flow), visit.at,
        language=visit.language,
    )  # fmt: skip
    prompts = RehearsalPrompts()
    line = RehearsalLine(call, caller, prompts, clock)
    services = RehearsalServices(visit.pretended, timeline, clock)
    interpreter = Interpreter(flow, line, services, prompts, system, timeline, clock, others=others)

    def so_far(end: str = "", reason: str = "") -> Rehearsed:
        steps = [_named(flow, event) for event in timeline.events if isinstance(event, StepEntered)]
        return Rehearsed(
            end, steps[-1] if steps else "", reason, tuple(line.heard), steps, tuple(services.asked),
            tuple(timeline.events), call.language, dict(call.variables), tuple(call.tags), clock.now() - visit.at,
        )  # fmt: skip

    caller.begin(so_far)
    try:
        ended = await interpreter.run()
    except CallerHungUp:
        outcome = outcome_of(standing_of(timeline.events))
        return so_far("hung_up" if outcome is Outcome.ABANDONED_MENU else outcome.value, "the caller hung up")
    except LineFault as fault:
        return so_far("failed", str(fault))
    return so_far(_word(timeline.events, ended.reason), ended.reason)


def _named(flow: Flow, event: StepEntered) -> str:
    """Return a step's name; of another flow, that flow's before it."""
    return event.step if event.flow == flow.name else f"{event.flow}.{event.step}"


def _number_of(flow: Flow) -> str:
    return flow.dialled[0] if flow.numbers else flow.name


def _word(events: Sequence[Event], reason: str) -> str:
    if reason in ("transferred", "too_long"):
        return reason
    outcome = outcome_of(standing_of(events))
    return "goodbye" if outcome is Outcome.ABANDONED_MENU else outcome.value
