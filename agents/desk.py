"""The desk that routing works with (``acd.desk.AgentDesk``): offers, talks, and what an agent dials out.

Every method says what happened; the table of ``agents.states`` decides what it means.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo

from agents.directory import Directory
from agents.journal import AgentEvent, BreakReason, Pending
from agents.standings import Standings
from agents.states import OFFERED_STATES, ON_LINE_STATES, TALK_STATES, AgentState, Cause, DeviceState
from calls import Clock
from calls.identity import AgentId, CallId, SeatId
from calls.line import RingOutcome

_DIAL_OVER = {
    AgentState.BREAK.value: Cause.DIAL_OVER_BREAK,
    AgentState.WRAP_UP.value: Cause.DIAL_OVER_WRAP_UP,
}
_TALK_CAUSES = {
    AgentState.TALKING: Cause.TALK_RESUMED,
    AgentState.ON_HOLD: Cause.HELD,
    AgentState.CONSULTING: Cause.CONSULTED,
}


@dataclass(frozen=True, slots=True)
class FloorSettings:
    """How the floor treats those who do not take a call, and the work after one. Seconds."""

    aside_s: float = 10.0  # an offer was not taken: put aside for so long
    miss_limit: int = 3  # so many offers in a row not taken: a break until the agent goes ready again
    declines_count: bool = True  # whether an offer that was declined counts as one of them
    missed_pause_s: float | None = None  # ends that break by itself after so long; None: never
    retry_unreachable_s: float = 60.0  # a phone that could not be reached is tried again, unless telephony knows better
    breaks_staff: bool = False  # whether people on a chosen break count as staffing their queues
    dial_wrap_up_s: float = 15.0  # work after a call that the agent made, where its queue is not known
    wrap_up_most_s: float = 3600.0  # however often it is extended, it ends then
    zone: tzinfo = UTC  # of shifts that name none
    off_plan_refused: bool = False  # whether nobody may log in outside the shifts of their team


class Desk:
    """The floor as routing sees it."""

    def __init__(self, directory: Directory, clock: Clock, settings: FloorSettings, standings: Standings) -> None:
        self._directory = directory
        self._clock = clock
        self._settings = settings
        self._standings = standings

    # -- offers ----------------------------------------------------------------------------------------------------

    def reserved(self, agent: AgentId, call: CallId, queue: str) -> None:
        """A caller is meant for this (ready) agent."""
        self._standings.change(agent, Cause.RESERVED, call=call, queue=queue)

    def ringing(self, agent: AgentId, call: CallId) -> SeatId:
        """The agent's phone is about to ring; return the seat."""
        return self._standings.change(agent, Cause.RANG, call=call).seat

    def called_in(self, agent: AgentId, call: CallId, queue: str) -> SeatId | None:
        """A colleague is about to ring a (ready) agent about a call; return the seat, or None when that cannot be now.

        Then comes ``talking``, ``missed`` or ``released``.
        """
        standing = self._standings.get(agent)
        if standing is None or standing.state is not AgentState.READY:
            return None
        return self._standings.change(agent, Cause.CALLED_IN, call=call, queue=queue).seat

    def missed(self, agent: AgentId, call: CallId, outcome: RingOutcome) -> None:
        """The agent did not take the call: put aside as the outcome asks; too often in a row is a break."""
        standing = self._offered(agent, call)
        if standing is None:
            return
        now, settings = self._clock.now(), self._settings
        if outcome is RingOutcome.UNREACHABLE:
            self._standings.change(agent, Cause.NOT_REACHED, until=now + settings.retry_unreachable_s)
            return
        counts = outcome is RingOutcome.NO_ANSWER or (outcome is RingOutcome.DECLINED and settings.declines_count)
        misses = standing.misses + counts
        if counts and misses >= settings.miss_limit:
            pause = settings.missed_pause_s
            until = None if pause is None else now + pause
            self._standings.change(agent, Cause.MISSED, reason=BreakReason.MISSED, until=until, misses=misses)
        else:
            until = now + settings.aside_s
            self._standings.change(agent, Cause.REFUSED, reason=BreakReason.ASIDE, until=until, misses=misses)

    def released(self, agent: AgentId, call: CallId) -> None:
        """The offer was withdrawn and the phone has stopped ringing: ready again, idle time kept."""
        if self._offered(agent, call) is not None:
            self._standings.change(agent, Cause.WITHDRAWN)

    def doing(self, suits: Callable[[Mapping[str, int]], bool]) -> dict[AgentId, str]:
        """Return what each agent does who is logged in and whose skills suit: the state's name, for a break with its
        reason behind a space; ``phone_in_use`` when ready but for the phone."""
        return {
            standing.agent: self._deed(standing)
            for standing in self._standings.all()
            if suits(self._directory.routing_skills(standing.agent))
        }

    def _deed(self, standing: AgentEvent) -> str:
        if standing.state is AgentState.READY and self._standings.device(standing.seat) is not DeviceState.IDLE:
            return "phone_in_use"
        return f"{standing.state.value} {standing.reason}".rstrip()

    # -- talks -----------------------------------------------------------------------------------------------------

    def talking(self, agent: AgentId, call: CallId) -> None:
        """The agent answered."""
        self._standings.change(agent, Cause.TALK_BEGAN, call=call)

    def adopted(self, agent: AgentId, call: CallId, queue: str) -> SeatId | None:
        """A talk was found going on (after a restart, say); return the seat, or None when it cannot be this agent's."""
        standing = self._standings.get(agent)
        if standing is None or standing.state in OFFERED_STATES | {AgentState.DIALLING}:
            return None
        if standing.state not in TALK_STATES:
            self._standings.change(agent, Cause.TALK_ADOPTED, call=call, queue=queue)
        return standing.seat

    def picks_up(self, agent: AgentId, call: CallId, queue: str) -> bool:
        """The agent is about to talk with a caller who is on the line already; False when that cannot be now. What was
        a break is one again after the wrap-up."""
        standing = self._standings.get(agent)
        if standing is None or standing.state in OFFERED_STATES | ON_LINE_STATES:
            return False
        away = standing.state is AgentState.BREAK and standing.reason != BreakReason.ASIDE
        kept = {"pending": Pending.BREAK, "pending_reason": standing.reason} if away else {}
        self._standings.change(agent, Cause.PICKED_UP, call=call, queue=queue, **kept)
        return True

    def in_talk(self, agent: AgentId, call: CallId, state: AgentState) -> None:
        """The talk changed: TALKING, ON_HOLD or CONSULTING. Not heeded when the agent has no such talk."""
        standing = self._in_talk(agent, call)
        if standing is not None and standing.state is not state:
            self._standings.change(agent, _TALK_CAUSES[state])

    def talk_ended(self, agent: AgentId, call: CallId) -> None:
        """The agent is no longer connected to the caller: the queue's wrap-up begins."""
        standing = self._in_talk(agent, call)
        if standing is None:
            return
        wrap_up_s = self.wrap_up_of(standing.queue)
        if wrap_up_s > 0:
            self._standings.change(agent, Cause.TALK_ENDED, until=self._clock.now() + wrap_up_s)
        else:
            self._standings.change(agent, Cause.TALK_ENDED)
            self._standings.change(agent, Cause.WRAP_UP_OVER)

    def wrap_up_of(self, queue: str) -> float:
        """Return the seconds of wrap-up after a caller of this queue ("": after a call that the agent made)."""
        known = self._directory.queues.get(queue)
        if known is not None:
            return known.wrap_up_s
        return 0.0 if queue else self._settings.dial_wrap_up_s

    # -- dialling out ----------------------------------------------------------------------------------------------

    def dials_out(self, agent: AgentId, call: CallId, queue: str = "") -> bool:
        """The agent rings somebody up; False when that cannot be now (talks, is rung, is not logged in).

        ``queue`` (may be "") says whose wrap-up follows. Then comes ``dial_out_answered`` or ``dial_out_ended``.
        """
        standing = self._standings.get(agent)
        if standing is None or standing.state in TALK_STATES | {AgentState.DIALLING, AgentState.RINGING}:
            return False
        before = AgentState.READY if standing.state in OFFERED_STATES else standing.state
        if before is AgentState.UNREACHABLE:  # the phone dials: it is there
            before = AgentState.READY
        fields = {"reason": standing.reason, "until": standing.until} if before is standing.state else {}
        self._standings.change(agent, Cause.DIALLED_OUT, call=call, queue=queue, before=before.value, **fields)
        return True

    def dial_out_answered(self, agent: AgentId, call: CallId) -> None:
        """Whom the agent dialled has answered: they talk. What was a break is one again after the wrap-up."""
        standing = self._dialling(agent, call)
        if standing is None:
            return
        fields = {}
        if standing.before == AgentState.BREAK.value and standing.pending is Pending.NONE:
            fields = {"pending": Pending.BREAK, "pending_reason": standing.reason}
        self._standings.change(agent, Cause.DIAL_ANSWERED, call=call, **fields)

    def dial_out_ended(self, agent: AgentId, call: CallId) -> None:
        """The call that the agent made is over: wrap-up after a talk, else what was before."""
        standing = self._dialling(agent, call)
        if standing is None:
            self.talk_ended(agent, call)
            return
        cause = _DIAL_OVER.get(standing.before, Cause.DIAL_OVER)
        if cause is Cause.DIAL_OVER_BREAK and standing.pending is not Pending.NONE:
            cause = Cause.DIAL_OVER  # what was asked for meanwhile comes instead of that break
        kept = {} if cause is Cause.DIAL_OVER else {"reason": standing.reason, "until": standing.until}
        self._standings.change(agent, cause, **kept)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _standing_with(self, agent: AgentId, call: CallId) -> AgentEvent | None:
        standing = self._standings.get(agent)
        return standing if standing is not None and standing.call == call else None

    def _offered(self, agent: AgentId, call: CallId) -> AgentEvent | None:
        standing = self._standing_with(agent, call)
        return standing if standing is not None and standing.state in OFFERED_STATES else None

    def _in_talk(self, agent: AgentId, call: CallId) -> AgentEvent | None:
        standing = self._standing_with(agent, call)
        return standing if standing is not None and standing.state in TALK_STATES else None

    def _dialling(self, agent: AgentId, call: CallId) -> AgentEvent | None:
        standing = self._standing_with(agent, call)
        return standing if standing is not None and standing.state is AgentState.DIALLING else None
