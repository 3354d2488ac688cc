"""The floor: who sits where and what they may do. What people and phones do comes in; standings come out.

It is also the desk that routing works with (``acd.desk.AgentDesk``): reserved, ringing, talking, missed and so on.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from agents.directory import Directory
from agents.journal import AgentEvent, AgentJournal, BreakReason, Pending
from agents.pins import PinGuard
from agents.standings import Availability, CallLater, Standings
from agents.states import OFFERED_STATES, AgentState, Cause, DeviceState
from calls import Clock, Timeline
from calls.identity import AgentId, CallId, SeatId
from calls.line import RingOutcome


class LoginResult(StrEnum):
    """What became of a login."""

    DONE = "done"
    MOVED = "moved"  # was logged in at another seat, and has left it
    REFUSED = "refused"  # unknown id or wrong PIN: which of them is not told
    LOCKED = "locked"  # too many wrong PINs at this seat
    SEAT_TAKEN = "seat_taken"  # somebody else is logged in here, and must be logged out first
    BUSY_ELSEWHERE = "busy_elsewhere"  # is talking or being rung at another seat
    UNKNOWN_SEAT = "unknown_seat"


class Result(StrEnum):
    """What became of an agent's wish."""

    DONE = "done"
    AFTER_CALL = "after_call"  # noted; done when the work after this call is over
    NOT_LOGGED_IN = "not_logged_in"
    UNKNOWN_REASON = "unknown_reason"
    NOT_NOW = "not_now"  # has no sense in the present state


@dataclass(frozen=True, slots=True)
class FloorSettings:
    """How the floor treats those who do not take a call. Seconds."""

    aside_s: float = 10.0  # busy or declined: put aside for so long
    missed_pause_s: float | None = None  # no answer: put aside for so long; None: until the agent goes ready again
    retry_unreachable_s: float = 60.0  # a phone that could not be reached is tried again, unless telephony knows better
    breaks_staff: bool = False  # whether people on a chosen break count as staffing their queues


class Floor:
    """All seats and the people at them."""

    def __init__(
        self,
        directory: Directory,
        pins: PinGuard,
        clock: Clock,
        journal: AgentJournal,
        *,
        settings: FloorSettings | None = None,
        timeline: Timeline | None = None,
        on_change: Callable[[AgentEvent], None] | None = None,
        call_later: CallLater | None = None,
    ) -> None:
        """``timeline`` takes ``WrapUpEnded``; ``call_later`` (``loop.call_later``) drives time, else ``tick`` must be
        called. ``on_change`` sees every standing that changes."""
        self._directory = directory
        self._pins = pins
        self._clock = clock
        self._settings = settings or FloorSettings()
        self._standings = Standings(
            lambda agent: directory.people[agent].skills,
            clock,
            journal,
            timeline=timeline,
            on_change=on_change,
            call_later=call_later,
            breaks_staff=self._settings.breaks_staff,
        )

    # -- questions -------------------------------------------------------------------------------------------------

    @property
    def directory(self) -> Directory:
        """People, seats, queues and reasons."""
        return self._directory

    def standing(self, agent: AgentId) -> AgentEvent | None:
        """Return a logged-in agent's standing, or None."""
        return self._standings.get(agent)

    def at_seat(self, seat: SeatId) -> AgentEvent | None:
        """Return the standing of whoever is logged in at a seat, or None."""
        return self._standings.at_seat(seat)

    def standings(self) -> list[AgentEvent]:
        """Return the standings of all who are logged in, by agent id."""
        return self._standings.all()

    def device(self, seat: SeatId) -> DeviceState:
        """Return what is known of a seat's phone."""
        return self._standings.device(seat)

    # -- what agents do --------------------------------------------------------------------------------------------

    def login(self, agent: AgentId, seat: SeatId, pin: str) -> LoginResult:
        """Log an agent in at a seat: on a break until ready. One person sits on one seat, one seat holds one person."""
        refused = self._admit(agent, seat, pin)
        if refused is not None:
            return refused
        present = self._standings.get(agent)
        if present is None:
            self._standings.enter(agent, seat)
        elif present.seat != seat:
            if present.state in OFFERED_STATES | {AgentState.TALKING}:
                return LoginResult.BUSY_ELSEWHERE
            self._standings.move(agent, seat)
            return LoginResult.MOVED
        return LoginResult.DONE

    def _admit(self, agent: AgentId, seat: SeatId, pin: str) -> LoginResult | None:
        """Return why this person may not sit down here, or None."""
        now = self._clock.now()
        if seat not in self._directory.seat_ids():
            return LoginResult.UNKNOWN_SEAT
        if self._pins.locked(seat, now):
            return LoginResult.LOCKED
        if not self._pins.check(seat, agent, pin, now) or agent not in self._directory.people:
            return LoginResult.LOCKED if self._pins.locked(seat, now) else LoginResult.REFUSED
        here = self._standings.at_seat(seat)
        return LoginResult.SEAT_TAKEN if here is not None and here.agent != agent else None

    def ready(self, agent: AgentId) -> Result:
        """Make an agent ready for callers; during a talk, take back a pending break or logout."""
        standing = self._standings.get(agent)
        if standing is None:
            return Result.NOT_LOGGED_IN
        if standing.state is AgentState.TALKING:
            self._standings.note(agent, Cause.WENT_READY, pending=Pending.NONE, pending_reason="")
            return Result.AFTER_CALL
        if standing.state not in OFFERED_STATES:
            self._standings.change(agent, Cause.WENT_READY)
        return Result.DONE

    def start_break(self, agent: AgentId, reason: str) -> Result:
        """Send an agent on a break for a reason of the directory (its key)."""
        if reason not in self._directory.breaks:
            return Result.UNKNOWN_REASON
        standing = self._standings.get(agent)
        if standing is None:
            return Result.NOT_LOGGED_IN
        if standing.state is AgentState.TALKING:
            self._standings.note(agent, Cause.TOOK_BREAK, pending=Pending.BREAK, pending_reason=reason)
            return Result.AFTER_CALL
        self._standings.change(agent, Cause.TOOK_BREAK, reason=reason)
        return Result.DONE

    def logout(self, agent: AgentId) -> Result:
        """Log an agent out; during a talk, after it and its wrap-up."""
        standing = self._standings.get(agent)
        if standing is None:
            return Result.NOT_LOGGED_IN
        if standing.state is AgentState.TALKING:
            self._standings.note(agent, Cause.LOGGED_OUT, pending=Pending.LOG_OUT, pending_reason="")
            return Result.AFTER_CALL
        self._standings.change(agent, Cause.LOGGED_OUT)
        return Result.DONE

    def end_wrap_up(self, agent: AgentId) -> Result:
        """End the work after the call before its time."""
        standing = self._standings.get(agent)
        if standing is None:
            return Result.NOT_LOGGED_IN
        if standing.state is not AgentState.WRAP_UP:
            return Result.NOT_NOW
        self._standings.change(agent, Cause.WRAP_UP_ENDED)
        return Result.DONE

    # -- what phones and time do -----------------------------------------------------------------------------------

    def seat_device(self, seat: SeatId, device: DeviceState) -> None:
        """Take what telephony says of a seat's phone: a lost one is not offered, nor one in use otherwise."""
        self._standings.device_is(seat, device)

    def tick(self) -> None:
        """Do what is due by time; only needed where no ``call_later`` was given."""
        self._standings.tick()

    def follow(self, follower: Availability) -> None:
        """Tell ``follower`` (the distributor) who works and who is free, now and whenever it changes."""
        self._standings.follow(follower)

    def restore(self, events: Iterable[AgentEvent]) -> None:
        """Bring the floor back from the journal's events, oldest first. Call it before ``follow``.

        People who left the directory and seats that are gone are left out. Talks stay talks until ``talk_ended`` or
        ``reconcile`` says otherwise.
        """
        people, seats = self._directory.people, self._directory.seat_ids()
        known = (e for e in events if e.agent in people and (e.seat in seats or e.state is AgentState.LOGGED_OUT))
        self._standings.restore(known)

    def reconcile(self, live: Collection[CallId]) -> list[AgentId]:
        """End the talk of everybody whose call is not among the ``live`` ones; return who that was."""
        stuck = [s for s in self._standings.all() if s.state is AgentState.TALKING and s.call not in live]
        for standing in stuck:
            self.talk_ended(standing.agent, standing.call)
        return [standing.agent for standing in stuck]

    def close(self) -> None:
        """Call off pending alarms."""
        self._standings.close()

    # -- the desk, for routing -------------------------------------------------------------------------------------

    def reserved(self, agent: AgentId, call: CallId, queue: str) -> None:
        """A caller is meant for this (ready) agent."""
        self._standings.change(agent, Cause.RESERVED, call=call, queue=queue)

    def ringing(self, agent: AgentId, call: CallId) -> SeatId:
        """The agent's phone is about to ring; return the seat."""
        return self._standings.change(agent, Cause.RANG, call=call).seat

    def talking(self, agent: AgentId, call: CallId) -> None:
        """The agent answered."""
        self._standings.change(agent, Cause.TALK_BEGAN, call=call)

    def adopted(self, agent: AgentId, call: CallId, queue: str) -> SeatId | None:
        """A talk was found going on (after a restart, say); return the seat, or None when it cannot be this agent's."""
        standing = self._standings.get(agent)
        if standing is None or standing.state in OFFERED_STATES:
            return None
        if standing.state is not AgentState.TALKING:
            self._standings.change(agent, Cause.TALK_ADOPTED, call=call, queue=queue)
        return standing.seat

    def missed(self, agent: AgentId, call: CallId, outcome: RingOutcome) -> None:
        """The agent did not take the call: put aside as the outcome asks."""
        if not self._offered(agent, call):
            return
        now, settings = self._clock.now(), self._settings
        match outcome:
            case RingOutcome.UNREACHABLE:
                self._standings.change(agent, Cause.NOT_REACHED, until=now + settings.retry_unreachable_s)
            case RingOutcome.NO_ANSWER:
                pause = settings.missed_pause_s
                until = None if pause is None else now + pause
                self._standings.change(agent, Cause.MISSED, reason=BreakReason.MISSED, until=until)
            case _:
                self._standings.change(agent, Cause.REFUSED, reason=BreakReason.ASIDE, until=now + settings.aside_s)

    def released(self, agent: AgentId, call: CallId) -> None:
        """The offer was withdrawn and the phone has stopped ringing: ready again, idle time kept."""
        if self._offered(agent, call):
            self._standings.change(agent, Cause.WITHDRAWN)

    def talk_ended(self, agent: AgentId, call: CallId) -> None:
        """The agent is no longer connected to the caller: the queue's wrap-up begins."""
        standing = self._standings.get(agent)
        if standing is None or standing.state is not AgentState.TALKING or standing.call != call:
            return
        queue = self._directory.queues.get(standing.queue)
        wrap_up_s = queue.wrap_up_s if queue is not None else 0.0
        if wrap_up_s > 0:
            self._standings.change(agent, Cause.TALK_ENDED, until=self._clock.now() + wrap_up_s)
        else:
            self._standings.change(agent, Cause.TALK_ENDED)
            self._standings.change(agent, Cause.WRAP_UP_OVER)

    def _offered(self, agent: AgentId, call: CallId) -> bool:
        standing = self._standings.get(agent)
        return standing is not None and standing.state in OFFERED_STATES and standing.call == call
