"""Where callers go whom an agent, or a flow, passes on: to a department, another hotline, or another agent."""

import structlog

from calls import AgentId, CallerHungUp, CallId, Clock, Line, LineFault, SeatId
from calls.line import RingOutcome, TalkEnd
from calls.passing import CallData
from calls.recording_events import RecordingStarted
from calls.standing import Standing
from calls.talk_events import Parked, Unparked
from calls.targets import Kind, NoTarget, Target, Way
from calls.timeline import Connected, Offered, OfferFailed, TalkEnded
from hotline.call_timeline import Timelines
from hotline.desks import Desks
from hotline.parking import Picker
from hotline.picking_up import until_picked
from hotline.to_department import Message, ToDepartment
from ivr import TransferEnd

log = structlog.get_logger(__name__)

_TO_A_QUEUE = Target(Kind.QUEUE, "")  # that from which the caller came


class PassingOn:
    """Carries callers on, and stays until that talk is over."""

    def __init__(self, desks: Desks, timelines: Timelines, clock: Clock, message: Message) -> None:
        self._desks, self._timelines, self._clock = desks, timelines, clock
        self._to_department = ToDepartment(desks, timelines, clock, message)

    async def follow(self, line: Line) -> Target | None:
        """Bring a caller where the agent wished; return None when it was done, or a queue or the menu, where others
        must bring them. An agent or a department who cannot be reached means the queue from which they came."""
        while (target := self._desks.talks.destination(line.call.id)) is not None:
            if target.kind in (Kind.QUEUE, Kind.MENU):
                return target
            if target.kind is Kind.SUPERVISOR:
                if not await self._taken_over(line):
                    return _TO_A_QUEUE
                continue
            if target.kind is Kind.PARK:
                if not await self._parked(line, target):
                    return _TO_A_QUEUE
                continue
            if target.kind is Kind.DEPARTMENT:
                if not await self._department_or_back(line, target.key):
                    return _TO_A_QUEUE
            elif not await self._to_agent(line, target):
                return _TO_A_QUEUE
        return None

    async def to_department(self, line: Line, department: str, data: CallData | None = None) -> TransferEnd:
        """Connect the caller to a department, or another hotline; recorded like any other talk."""
        return await self._to_department.bring(line, department, data)

    async def _department_or_back(self, line: Line, department: str) -> bool:
        """Bring the caller to a department; who cannot be reached there is told so, and is with the agent again who
        passed them on, if that one is free. Return whether they talked, or left what they had to say."""
        agent = self._timelines.standing(line.call.id).agent
        end = await self._to_department.bring(line, department, self._to_department.data(line, department))
        if end is TransferEnd.DONE:
            return True
        await self._to_department.say_failed(line, end)
        try:
            back = self._desks.talks.look_up(line.call.id, f"agent:{agent}", to_ring=True)
        except NoTarget as error:
            log.info("transfer.not_back_to_agent", call=line.call.id, why=str(error))
            return False
        return await self._to_agent(line, back)

    # -- parked, or taken over -------------------------------------------------------------------------------------

    async def park_again(self, line: Line, standing: Standing) -> None:
        """A caller taken over was parked: at the same place, until the same time, or in the queue when all places are
        taken; then ``follow``."""
        park, call = self._desks.talks.park, line.call.id
        try:
            target = park.again(call, standing.agent or AgentId(""), standing.parked, standing.parked_until)
        except NoTarget as error:
            log.warning("park.not_again", call=call, why=str(error))
            target = _TO_A_QUEUE
        self._desks.talks.passes_on(call, target)

    async def _parked(self, line: Line, target: Target) -> bool:
        """Stay with a parked caller, and through the talk of whoever picks them up, or to whom they come back; return
        False when they are to go to the queue."""
        park, call = self._desks.talks.park, line.call
        standing = self._timelines.standing(call.id)
        try:
            spot = park.take_place(call.id, int(target.key), standing.queue, call.caller)
        except LookupError as error:  # given to somebody else meanwhile
            log.warning("park.no_place", call=call.id, why=str(error))
            return False
        self._timelines.append(
            Parked(call=call.id, at=self._clock.now(), number=spot.number, agent=spot.agent, until=spot.until)
        )
        picker, reason = None, "hung_up"
        try:
            await line.music(on=True)
            picker = await until_picked(line, spot, spot.until - self._clock.now())
            reason = "time_over" if picker is None else "picked_up"
        finally:
            late = park.leave(spot)
            if picker is None and late is not None:  # the caller was on the way out by then
                self._missed(late, call.id)
            by = "" if picker is None else picker.agent
            self._timelines.append(Unparked(call=call.id, at=self._clock.now(), reason=reason, by=by))
        if picker is not None:
            return await self._joined(line, picker)
        try:
            back = self._desks.talks.look_up(call.id, f"agent:{spot.agent}", to_ring=True)
        except NoTarget as error:
            log.info("park.agent_not_free", call=call.id, why=str(error))
            return False
        return await self._to_agent(line, back)

    async def _taken_over(self, line: Line) -> bool:
        """A supervisor has taken the talk over; return whether they talked."""
        picker = self._desks.talks.takers.taken(line.call.id)
        return picker is not None and await self._joined(line, picker)

    async def _joined(self, line: Line, picker: Picker) -> bool:
        """Have the caller talk with somebody whose line is up, and stay until that is over; False: that one had hung up
        by then."""
        call, joined = line.call.id, False
        place = self._desks.recordings.new_talk(call, self._clock.now())
        try:
            await line.join(picker.line, record_to=None if place is None else place.absolute)
            joined = True
        except LineFault as fault:
            log.warning("park.picker_gone", call=call, error=str(fault))
            return False
        finally:
            if not joined:
                self._missed(picker, call)
        now = self._clock.now()
        self._timelines.append(Connected(call=call, at=now, agent=picker.agent, seat=picker.seat))
        if place is not None:
            self._timelines.append(RecordingStarted(call=call, at=now, path=place.relative))
        await self._talk(line, picker.agent)
        return True

    def _missed(self, picker: Picker, call: CallId) -> None:
        """Whoever is at the phone to take the caller does not get them."""
        picker.failed.set()
        self._desks.floor.talk_ended(picker.agent, call)

    # -- to an agent -----------------------------------------------------------------------------------------------

    async def _to_agent(self, line: Line, target: Target) -> bool:
        """Ring one agent; return whether they talked."""
        agent, call, talks = AgentId(target.key), line.call.id, self._desks.talks
        try:
            talks.rings(call, target)
        except NoTarget as error:
            log.info("transfer.agent_not_free", call=call, why=str(error))
            return False
        way = target.ways[0]
        seat = SeatId(way.number)
        self._timelines.append(
            Offered(call=call, at=self._clock.now(), offer="", agent=agent, seat=seat, rule="transfer")
        )
        path = await self._ring(line, target, way)
        if path is None:
            return False
        now = self._clock.now()
        talks.answered(call, target)
        self._timelines.append(Connected(call=call, at=now, agent=agent, seat=seat))
        if path:
            self._timelines.append(RecordingStarted(call=call, at=now, path=path))
        await self._talk(line, agent)
        return True

    async def _ring(self, line: Line, target: Target, way: Way) -> str | None:
        """Ring an agent's phone; return where the talk is recorded ("": nowhere), or None when it was not answered."""
        call, talks = line.call.id, self._desks.talks
        place = self._desks.recordings.new_talk(call, self._clock.now())
        outcome: RingOutcome | None = None
        try:
            await line.music(on=True)
            result = await line.ring(
                way.address, ring_s=way.ring_s, caller_name=line.call.shown_name,
                record_to=None if place is None else place.absolute,
            )  # fmt: skip
            outcome = result.outcome
        except LineFault as fault:
            log.warning("transfer.ring_failed", call=call, error=str(fault))
            outcome = RingOutcome.FAILED
        finally:
            if outcome is not RingOutcome.ANSWERED:
                reason = "withdrawn" if outcome is None else outcome.value
                self._timelines.append(
                    OfferFailed(call=call, at=self._clock.now(), offer="", agent=AgentId(target.key),
                                seat=SeatId(way.number), reason=reason)
                )  # fmt: skip
                talks.failed(call, target, outcome)
        if outcome is not RingOutcome.ANSWERED:
            return None
        return "" if place is None else place.relative

    async def _talk(self, line: Line, agent: AgentId) -> None:
        """See the talk to its end; what the agent wishes then is looked at by ``follow``."""
        call, by = line.call.id, "agent"
        end = TalkEnd.AGENT_LEFT
        try:
            end = await line.talk()
        except CallerHungUp:
            by = "caller"
            raise
        finally:
            self._timelines.append(TalkEnded(call=call, at=self._clock.now(), agent=agent, by=by))
            self._desks.floor.talk_ended(agent, call)
        if end is TalkEnd.HANDED_OVER:
            await line.talk_on()
