"""Calls as they happen, and the report of their day; for the tests of figures."""

from zoneinfo import ZoneInfo

from calls import timeline as t
from calls.call import Outcome
from calls.identity import AgentId, CallId, SeatId
from tickets import Journal, Store
from tickets.reporting import Report, Rules, Span, compute, period_of, read_facts

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = period_of(Span.DAY, "2026-11-26", 0.0, SHANGHAI)
TEN = DAY.start + 10 * 3600


def asks(call: str, at: float, *, key_after: float | None = 4, queued_after: float = 5, queue: str = "general",
         needs: dict[str, int] | None = None) -> list[t.Event]:  # fmt: skip
    """A caller arrives, presses a key, and comes into a queue."""
    of = CallId(call)
    key = [] if key_after is None else [
        t.DigitsEntered(call=of, at=at + key_after, flow="12345", step="welcome", digits="1", verdict="match")
    ]  # fmt: skip
    return [
        t.CallArrived(call=of, at=at, caller="138", caller_name="", dialled="12345", node="a1", unique_id=call),
        *key,
        t.Queued(call=of, at=at + queued_after, queue=queue, needs=needs or {"general": 1}, priority=0,
                 since=at + queued_after),
    ]  # fmt: skip


def answered(call: str, at: float, waits: float, *, talks: float = 60, wraps: float = 0, satisfied: bool | None = None,
             agent: str = "2001", department: str = "", queue: str = "general", key_after: float | None = 4
             ) -> list[t.Event]:  # fmt: skip
    of, begins = CallId(call), at + 5 + waits
    ends = begins + talks
    joined = [t.PartyJoined(call=of, at=begins + 1, party=f"department:{department}")] if department else []
    said = [] if satisfied is None else [
        t.SurveyAnswered(call=of, at=ends + 1, question="satisfaction", answer="1", satisfied=satisfied)
    ]  # fmt: skip
    wrapped = [t.WrapUpEnded(call=of, at=ends + wraps + 2, agent=AgentId(agent), seconds=wraps)] if wraps else []
    return [
        *asks(call, at, queue=queue, key_after=key_after),
        t.Connected(call=of, at=begins, agent=AgentId(agent), seat=SeatId("1001")),
        *joined, t.TalkEnded(call=of, at=ends, agent=AgentId(agent), by="caller"), *said,
        t.CallEnded(call=of, at=ends + 2, outcome=Outcome.ANSWERED), *wrapped,
    ]  # fmt: skip


def gives_up(call: str, at: float, waits: float) -> list[t.Event]:
    return [*asks(call, at), t.CallEnded(call=CallId(call), at=at + 5 + waits, outcome=Outcome.ABANDONED_QUEUE)]


async def report(store: Store, journal: Journal, *calls: list[t.Event], rules: Rules | None = None) -> Report:
    for events in calls:
        for event in events:
            journal.append(event)
    await journal.settled()
    return compute(await read_facts(store, DAY, DAY.end, rules), DAY, rules or Rules(), DAY.end)


def figure(found: Report, key: str) -> object:
    [one] = [one for one in (*found.judged, *found.field) if one.key == key]
    return one.value
