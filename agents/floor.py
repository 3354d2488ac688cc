"""The floor: who sits where and what they may do. What people and phones do comes in; standings come out.

It is also the desk that routing works with: see ``agents.desk``.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum

from agents.desk import Desk, FloorSettings
from agents.directory import Directory
from agents.journal import AgentEvent, AgentJournal, Pending
from agents.pins import PinGuard
from agents.reconcile import Discrepancy, Fault, Look, compare
from agents.standings import Availability, CallLater, Standings
from agents.states import OFFERED_STATES, ON_LINE_STATES, TALK_STATES, AgentState, Cause, DeviceState
from calls import Clock, Timeline
from calls.identity import AgentId, SeatId


class LoginResult(StrEnum):
    """What became of a login."""

    DONE = "done"
    MOVED = "moved"  # was logged in at another seat, and has left it
    REFUSED = "refused"  # unknown id or wrong PIN: which of them is not told
    LOCKED = "locked"  # too many wrong PINs at this seat
    SEAT_TAKEN = "seat_taken"  # somebody else is logged in here, and must be logged out first
    BUSY_ELSEWHERE = "busy_elsewhere"  # is talking or being rung at another seat
    UNKNOWN_SEAT = "unknown_seat"
    OFF_PLAN = "off_plan"  # outside the shifts of the team, and the settings refuse that


class Result(StrEnum):
    """What became of an agent's wish."""

    DONE = "done"
    AFTER_CALL = "after_call"  # noted; done when the work after this call is over
    NOT_LOGGED_IN = "not_logged_in"
    UNKNOWN_REASON = "unknown_reason"
    NOT_NOW = "not_now"  # has no sense in the present state


class Floor(Desk):
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
        self._pins = pins
        settings = settings or FloorSettings()
        standings = Standings(
            self._skills_of,
            clock,
            journal,
            timeline=timeline,
            on_change=on_change,
            call_later=call_later,
            breaks_staff=settings.breaks_staff,
        )
        super().__init__(directory, clock, settings, standings)

    def _skills_of(self, agent: AgentId) -> Mapping[str, int]:
        return self._directory.routing_skills(agent)

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

    def planned(self, agent: AgentId) -> bool | None:
        """Return whether an agent should be at work now; None when no shift says so or otherwise."""
        return self._directory.planned(agent, self._clock.now(), self._settings.zone)

    def use_directory(self, directory: Directory, pins: Mapping[AgentId, str]) -> None:
        """Take an edited directory while people work: nobody's state changes but of those who are no longer in it, who
        are logged out, after their talk if they have one. New skills count from the next offer on. Seats stay."""
        old = self._directory
        leaving = {agent: old.people[agent] for agent in old.people if self._leaves(agent, directory)}
        self._directory = directory.model_copy(
            update={"people": {**directory.people, **leaving}, "seats": old.seats}
        )  # known until they have left
        self._pins.replace(pins)
        for standing in self.standings():
            agent = standing.agent
            if agent in leaving:
                self.logout(agent, by="directory")
            elif self._directory.routing_skills(agent) != old.routing_skills(agent):
                self._standings.retrained(agent)

    def _leaves(self, agent: AgentId, directory: Directory) -> bool:
        return agent not in directory.people and self._standings.get(agent) is not None

    # -- what agents do --------------------------------------------------------------------------------------------

    def login(self, agent: AgentId, seat: SeatId, pin: str) -> LoginResult:
        """Log an agent in at a seat: on a break until ready. One person sits on one seat, one seat holds one person."""
        refused = self._admit(agent, seat, pin)
        if refused is not None:
            return refused
        present = self._standings.get(agent)
        if present is None:
            self._standings.enter(agent, seat, off_plan=self.planned(agent) is False)
        elif present.seat != seat:
            if present.state in OFFERED_STATES | ON_LINE_STATES:
                return LoginResult.BUSY_ELSEWHERE
            self._standings.move(agent, seat)
            return LoginResult.MOVED
        return LoginResult.DONE

    def knows_pin(self, person: AgentId, seat: SeatId, pin: str) -> bool:
        """Return whether somebody at a seat shows by PIN to be this person; wrong ones count against the seat."""
        now = self._clock.now()
        return not self._pins.locked(seat, now) and self._pins.check(seat, person, pin, now)

    def _admit(self, agent: AgentId, seat: SeatId, pin: str) -> LoginResult | None:
        """Return why this person may not sit down here, or None."""
        now = self._clock.now()
        if seat not in self._directory.seats:
            return LoginResult.UNKNOWN_SEAT
        if self._pins.locked(seat, now):
            return LoginResult.LOCKED
        if not self._pins.check(seat, agent, pin, now) or agent not in self._directory.people:
            return LoginResult.LOCKED if self._pins.locked(seat, now) else LoginResult.REFUSED
        here = self._standings.at_seat(seat)
        if here is not None and here.agent != agent:
            return LoginResult.SEAT_TAKEN
        absent = self._standings.get(agent) is None
        off_plan = absent and self._settings.off_plan_refused and self.planned(agent) is False
        return LoginResult.OFF_PLAN if off_plan else None

    def ready(self, agent: AgentId, *, by: str = "") -> Result:
        """Make an agent ready for callers; during a talk, take back a pending break or logout.

        ``by`` names, here and below, whoever orders it for the agent ("" when nobody does).
        """
        standing = self._standings.get(agent)
        if standing is None:
            return Result.NOT_LOGGED_IN
        if standing.state in ON_LINE_STATES:
            before = standing.before and AgentState.READY.value
            self._standings.note(agent, Cause.WENT_READY, pending=Pending.NONE, pending_reason="", before=before, by=by)
            return Result.AFTER_CALL
        if standing.state not in OFFERED_STATES:
            self._standings.change(agent, Cause.WENT_READY, by=by)
        return Result.DONE

    def start_break(self, agent: AgentId, reason: str, *, by: str = "") -> Result:
        """Send an agent on a break for a reason of the directory (its key); from a talk, after its wrap-up."""
        if reason not in self._directory.breaks:
            return Result.UNKNOWN_REASON
        standing = self._standings.get(agent)
        if standing is None:
            return Result.NOT_LOGGED_IN
        if standing.state in ON_LINE_STATES:
            self._standings.note(agent, Cause.TOOK_BREAK, pending=Pending.BREAK, pending_reason=reason, by=by)
            return Result.AFTER_CALL
        self._standings.change(agent, Cause.TOOK_BREAK, reason=reason, by=by)
        return Result.DONE

    def logout(self, agent: AgentId, *, by: str = "") -> Result:
        """Log an agent out; during a talk, after it and its wrap-up."""
        standing = self._standings.get(agent)
        if standing is None:
            return Result.NOT_LOGGED_IN
        if standing.state in ON_LINE_STATES:
            self._standings.note(agent, Cause.LOGGED_OUT, pending=Pending.LOG_OUT, pending_reason="", by=by)
            return Result.AFTER_CALL
        self._standings.change(agent, Cause.LOGGED_OUT, by=by)
        return Result.DONE

    def end_wrap_up(self, agent: AgentId, *, by: str = "") -> Result:
        """End the work after the call before its time."""
        standing = self._standings.get(agent)
        if standing is None:
            return Result.NOT_LOGGED_IN
        if standing.state is not AgentState.WRAP_UP:
            return Result.NOT_NOW
        self._standings.change(agent, Cause.WRAP_UP_ENDED, by=by)
        return Result.DONE

    def extend_wrap_up(self, agent: AgentId, seconds: float | None = None, *, by: str = "") -> Result:
        """Give more time for the work after the call: ``seconds``, or as much as the queue gives for it."""
        standing = self._standings.get(agent)
        if standing is None:
            return Result.NOT_LOGGED_IN
        if standing.state is not AgentState.WRAP_UP or standing.until is None:
            return Result.NOT_NOW
        more = self.wrap_up_of(standing.queue) if seconds is None else seconds
        until = min(standing.until + more, standing.since + self._settings.wrap_up_most_s)
        self._standings.note(agent, Cause.WRAP_UP_EXTENDED, until=max(until, standing.until), by=by)
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
        ``repair`` says otherwise.
        """
        people, seats = self._directory.people, self._directory.seat_ids()
        known = (e for e in events if e.agent in people and (e.seat in seats or e.state is AgentState.LOGGED_OUT))
        self._standings.restore(known)

    def discrepancies(self, look: Look) -> list[Discrepancy]:
        """Return what does not fit to what Asterisk says. Changes nothing."""
        believed = {seat: (self.device(seat), self._standings.heard(seat)) for seat in self._directory.seats.ids()}
        return compare(self.standings(), believed, look, self._clock.now())

    def repair(self, wrong: Discrepancy) -> bool:
        """Put one thing right, unless it has changed since it was seen; return whether it was done."""
        if wrong.fault is Fault.PHONE_DIFFERS:
            if wrong.seen is not None:
                self.seat_device(wrong.seat, wrong.seen)
            return wrong.seen is not None
        standing = self._standings.get(wrong.agent)
        if standing is None or (standing.call, standing.since) != (wrong.call, wrong.since):
            return False
        if standing.state in OFFERED_STATES:
            self._standings.change(wrong.agent, Cause.REPAIRED)
        elif standing.state in TALK_STATES:
            self.talk_ended(wrong.agent, wrong.call)
        elif standing.state is AgentState.DIALLING:
            self.dial_out_ended(wrong.agent, wrong.call)
        else:
            return False
        return True

    def close(self) -> None:
        """Call off pending alarms."""
        self._standings.close()
