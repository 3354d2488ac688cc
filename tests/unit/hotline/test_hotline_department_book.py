"""How departments stand: open or closed, full, whom they take, what is done instead."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from agents.departments import Act
from agents.loader import parse_directory
from calls import Address, AgentId, CallId, ManualClock
from calls.line import RingOutcome
from calls.talk_events import Together
from calls.targets import NoTarget, failure_of
from calls.timeline import CallEnded, Outcome, PartyInvited, PartyLeft, PassedOn
from hotline.department_book import DepartmentBook, Refused
from ivr.steps import Calendar

DIRECTORY = parse_directory(
    """skills: {general: {zh: 综合}}
queues:
  general: {zh: 综合, needs: {general: 1}}
departments:
  gas: {code: "21", zh: 燃气, number: "5550121", ring_s: 12, busy: "department:water"}
  heat: {code: "22", zh: 供热, phones: [{number: "5", ring_s: 9}, {seat: "1060"}], hours: office,
         closed: department:gas, no_answer: voicemail}
  water: {code: "23", zh: 供水, seat: "1059", max_calls: 1, busy: "department:heat", no_answer: "department:gas"}
  park: {code: "24", zh: 园林, seat: "1058", hours: office, closed: ticket}
  chiefs: {code: "25", zh: 督办, seat: "1057", may_call: {roles: [supervisor]}}
people:
  2001: {name: 甲, skills: {general: 3}}
  2002: {name: 乙, role: supervisor, skills: {general: 3}}
""",
    "d.yaml",
    {"office"},
)
OFFICE = Calendar.model_validate({
    "zone": "Asia/Shanghai", "open": [{"days": "workdays", "from": "08:30", "to": "17:30"}], "china_holidays": True,
})  # fmt: skip
ONE, OTHER = CallId("one"), CallId("other")
MONDAY = "2025-03-10 10:00"


def book(at: str = MONDAY, *, trunk: bool = True) -> DepartmentBook:
    now = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()
    made = DepartmentBook(
        lambda: DIRECTORY, ManualClock(now), seat_address=lambda seat: Address(f"PJSIP/{seat}"),
        outside=lambda number: Address(f"out/{number}") if trunk else None,
    )  # fmt: skip
    made.use_calendars({"office": OFFICE})
    return made


@pytest.mark.parametrize(
    ("at", "is_open"),
    [(MONDAY, True), ("2025-03-10 17:30", False), ("2025-03-08 10:00", False),
     ("2025-01-26 10:00", True), ("2025-10-01 10:00", False)],
    ids=["workday", "evening", "weekend", "Sunday made up", "holiday"],
)  # fmt: skip
def test_a_department_is_open_by_its_calendar_make_up_workdays_included(at: str, is_open: bool) -> None:
    rows = {row["department"]: row["open"] for row in book(at).rows()}
    assert (rows["heat"], rows["gas"]) == (is_open, True)


def test_telephones_are_rung_in_their_order_each_for_its_time() -> None:
    heat = book().find("heat", None, to_ring=True)
    assert [(way.address, way.ring_s) for way in heat.ways] == [("out/5", 9), ("PJSIP/1060", 30)]
    assert [way.number for way in book(trunk=False).find("heat", None, to_ring=True).ways] == ["1060"]
    assert [way.ring_s for way in book().target("gas").ways] == [12]


def test_a_closed_department_leads_where_its_rule_says() -> None:
    night = book("2025-03-10 22:00")
    assert night.find("heat", None, to_ring=True).key == "gas"
    assert night.find("park", None, to_ring=False).key == "park", "the caller is brought there, for a ticket"
    with pytest.raises(NoTarget) as told:
        night.find("park", AgentId("2001"), to_ring=True)
    assert (told.value.phrase, str(told.value)) == ("talk.closed", "department 'park' is closed now")
    assert night.rule("park", Refused.CLOSED).act is Act.TICKET


def test_only_those_who_may_call_a_department_do() -> None:
    assert book().find("chiefs", AgentId("2002"), to_ring=True).key == "chiefs"
    assert book().find("chiefs", None, to_ring=True).key == "chiefs", "a supervisor's order"
    with pytest.raises(NoTarget) as told:
        book().find("chiefs", AgentId("2001"), to_ring=False)
    assert told.value.phrase == "talk.not_allowed"


@pytest.mark.parametrize(("key", "phrase"), [("gas", "talk.unreachable"), ("nowhere", "talk.unknown")])
def test_what_is_outside_without_a_trunk_or_unknown_is_told(key: str, phrase: str) -> None:
    with pytest.raises(NoTarget) as told:
        book(trunk=False).find(key, None, to_ring=True)
    assert told.value.phrase == phrase


def test_no_more_calls_than_may_be_and_the_next_goes_where_the_rule_says() -> None:
    made = book()
    assert made.take(ONE, "water")
    assert made.take(ONE, "water"), "the same call counts once"
    assert not made.take(OTHER, "water")
    assert made.refusal("water") is Refused.FULL
    assert made.find("water", None, to_ring=True).key == "heat"
    made.give_back(ONE, "water")
    assert made.take(OTHER, "water")


def test_who_is_rung_instead_is_counted_and_nobody_is_rung_twice() -> None:
    made = book()
    made.take(ONE, "gas")
    instead = made.instead(ONE, ["gas"], RingOutcome.BUSY)
    assert instead is not None and instead.key == "water"
    assert made.calls() == {"water": 1}
    assert made.instead(ONE, ["gas", "water"], RingOutcome.NO_ANSWER) is None, "gas was rung already"
    assert not made.calls()
    assert made.instead(ONE, ["heat"], RingOutcome.NO_ANSWER) is None, "an agent cannot speak into a box"


def test_calls_of_a_former_service_count_until_they_are_over() -> None:
    made = book()
    made.restore([
        PartyInvited(call=ONE, at=1, party="department:gas", number="5"),
        PartyInvited(call=ONE, at=1, party="agent:2001", number="1001"),
        PassedOn(call=OTHER, at=2, party="water", number="1059"),
    ])  # fmt: skip
    assert made.calls() == {"gas": 1, "water": 1}
    made.observe(PartyLeft(call=ONE, at=3, party="department:gas"))
    made.observe(Together(call=OTHER, at=3, groups=[["caller", "agent:2001"]]))
    assert made.calls() == {"water": 1}
    made.observe(CallEnded(call=OTHER, at=3, outcome=Outcome.ANSWERED))
    assert not made.calls()


def test_a_call_of_a_former_service_that_has_left_the_department_is_not_counted_there_any_more() -> None:
    made = book()
    made.restore([
        PassedOn(call=ONE, at=1, party="water", number="1059"),
        PassedOn(call=OTHER, at=1, party="gas", number="5"),
        Together(call=ONE, at=2, groups=[]),
    ])  # fmt: skip
    assert made.calls() == {"gas": 1}
    assert made.refusal("water") is None


@pytest.mark.parametrize(
    ("outcomes", "told"),
    [((), RingOutcome.UNREACHABLE), ((RingOutcome.BUSY, RingOutcome.UNREACHABLE), RingOutcome.BUSY),
     ((RingOutcome.NO_ANSWER, RingOutcome.BUSY), RingOutcome.NO_ANSWER), ((RingOutcome.FAILED,), RingOutcome.FAILED)],
)  # fmt: skip
def test_what_became_of_several_telephones_is_told_as_one(outcomes: tuple[RingOutcome, ...], told: RingOutcome) -> None:
    assert failure_of(outcomes) is told
