"""Bringing a caller who is with no agent to a department: its telephones in order; when none takes the call, what the
directory says: another department, a message, a ticket, or back."""

from collections.abc import Awaitable, Callable

import structlog

from agents.departments import Act, Department, Rule
from calls import Clock, Line
from calls.line import RingOutcome, RingResult
from calls.passing import CallData
from calls.recording_events import RecordingStarted
from calls.talk_events import Together
from calls.targets import Target, Way, failure_of
from calls.timeline import PassedOn, TicketOpened
from hotline.call_timeline import Timelines
from hotline.department_book import Refused
from hotline.desks import Desks
from ivr import PASSED_TICKET, TransferEnd
from tickets import OrderFacts, OrderRefused, StoreUnavailable, TicketKind, TicketStep
from tickets import Wish as TicketWish

log = structlog.get_logger(__name__)

_ENDS: dict[Refused | RingOutcome, TransferEnd] = {
    Refused.CLOSED: TransferEnd.CLOSED,
    Refused.FULL: TransferEnd.BUSY,
    RingOutcome.BUSY: TransferEnd.BUSY,
    RingOutcome.DECLINED: TransferEnd.BUSY,
    RingOutcome.NO_ANSWER: TransferEnd.NO_ANSWER,
}  # all others: UNREACHABLE
_NOTES = {
    TransferEnd.CLOSED: "该部门不在工作时间",
    TransferEnd.BUSY: "该部门线路忙",
    TransferEnd.NO_ANSWER: "该部门无人接听",
    TransferEnd.UNREACHABLE: "该部门无法接通",
}
_TICKET = "_department_ticket"

Message = Callable[[Line, str], Awaitable[bool]]
"""Has the caller leave a message in a box; False: it takes none now."""


class ToDepartment:
    """Brings callers there, and stays until that talk is over."""

    def __init__(self, desks: Desks, timelines: Timelines, clock: Clock, message: Message) -> None:
        self._desks, self._timelines, self._clock, self._message = desks, timelines, clock, message

    async def bring(self, line: Line, department: str, data: CallData | None = None) -> TransferEnd:
        """Connect the caller to a department, or another hotline, which is told ``data``. DONE, too, when a message or
        a ticket has taken the talk's place."""
        key, been = department, {department}
        while True:
            why = await self._talk(line, key, data if key == department else self.data(line, key))
            if why is None:
                return TransferEnd.DONE
            rule, end = self._desks.departments.rule(key, why), _ENDS.get(why, TransferEnd.UNREACHABLE)
            log.info("department.not_reached", call=line.call.id, department=key, why=why, then=rule.act)
            if rule.act is not Act.DEPARTMENT:
                done = await self._otherwise(line, key, rule, end)
                return TransferEnd.DONE if done else end
            if rule.name in been:
                return end
            key = rule.name
            been.add(key)

    def data(self, line: Line, department: str) -> CallData | None:
        """Return what goes with the caller to another hotline, as from a key of a menu; None for what is none."""
        known = self._desks.departments.known(department)
        if known is None or not known.hotline:
            return None
        call = line.call
        ticket = call.variables.get(PASSED_TICKET) or call.variables.get(_TICKET, "")
        return CallData.cleaned(hotline=call.dialled, caller=call.caller, ticket=ticket, subject=call.subject)

    async def say_failed(self, line: Line, end: TransferEnd) -> None:
        """Tell the caller why they are back."""
        await self._say(line, end.prompt)

    # -- ringing ---------------------------------------------------------------------------------------------------

    async def _talk(self, line: Line, key: str, data: CallData | None) -> Refused | RingOutcome | None:
        """See the caller through a talk there; return why there was none."""
        book, call = self._desks.departments, line.call.id
        refused = book.refusal(key)
        if refused is None and not book.take(call, key):
            refused = Refused.FULL
        if refused is not None:
            return refused
        try:
            return await self._ring_all(line, book.target(key), data)
        finally:
            book.give_back(call, key)

    async def _ring_all(self, line: Line, target: Target, data: CallData | None) -> RingOutcome | None:
        place = self._desks.recordings.new_talk(line.call.id, self._clock.now())
        await line.music(on=True)
        failed: list[RingOutcome] = []
        for way in target.ways:
            result: RingResult = await line.ring(
                way.address, ring_s=way.ring_s, caller_name=line.call.shown_name,
                record_to=None if place is None else place.absolute, data=data,
            )  # fmt: skip
            if result.outcome is RingOutcome.ANSWERED:
                self._answered(line, target, way, result, "" if place is None else place.relative)
                await line.talk()
                self._timelines.append(Together(call=line.call.id, at=self._clock.now(), groups=[]))
                return None
            failed.append(result.outcome)
        return failure_of(failed)

    def _answered(self, line: Line, target: Target, way: Way, result: RingResult, recording: str) -> None:
        now = self._clock.now()
        at = now if result.answered_at is None else min(result.answered_at, now)
        self._timelines.append(PassedOn(call=line.call.id, at=at, party=target.key, number=way.number))
        if recording:
            self._timelines.append(RecordingStarted(call=line.call.id, at=now, path=recording))

    # -- when nobody takes the call --------------------------------------------------------------------------------

    async def _otherwise(self, line: Line, key: str, rule: Rule, end: TransferEnd) -> bool:
        """Do what the department's rule says; return whether the caller has been served by it."""
        department = self._desks.departments.known(key)
        if rule.act is Act.VOICEMAIL:
            await self._say(line, end.prompt)
            taken = await self._message(line, rule.name or key)
            if taken:
                await self._say(line, "message_saved")
            return taken
        if rule.act is not Act.TICKET or department is None:
            return False
        number = await self._ticket(line, key, department, end)
        if number:
            await self._say(line, end.prompt)
            await line.play(await self._desks.voice("department_ticket", line.call.language, ticket=number))
        return bool(number)

    async def _ticket(self, line: Line, key: str, department: Department, end: TransferEnd) -> str:
        """Make a ticket of the call and send it to the department; return its number, "" when it cannot be done."""
        call, orders, note = line.call, self._desks.orders, _NOTES[end]
        facts = OrderFacts(
            kind=TicketKind.ENQUIRY, subject=call.subject or department.zh, caller=call.caller,
            content=f"来电要求转接{department.zh}，{note}，请回复来电人。",
        )  # fmt: skip
        try:
            first = _TICKET not in call.variables  # a call has one ticket of its own
            number = await orders.create(facts, "hotline", call=call.id, further=not first)
            await orders.take(number, TicketWish(TicketStep.DISPATCH, note, key), "hotline")
        except (OrderRefused, StoreUnavailable) as error:
            log.error("department.no_ticket", call=call.id, department=key, error=str(error))  # noqa: TRY400
            return ""
        if first:
            call.variables[_TICKET] = number
            self._timelines.append(TicketOpened(call=call.id, at=self._clock.now(), ticket=number))
        return number

    async def _say(self, line: Line, name: str) -> None:
        await line.music(on=False)
        await line.play(await self._desks.voice(name, line.call.language))
