"""Whom an agent's digits and words mean, and whoever of a queue is free: the one of the right skill, never twice."""

from dataclasses import dataclass

import pytest

from agents import AgentState, Floor, MemoryAgentJournal, PinGuard
from agents.loader import parse_directory
from agents.states import DeviceState
from calls import Address, AgentId, CallId, ManualClock, MemoryTimeline, SeatId, Sound
from calls.line import RingOutcome
from calls.targets import Kind, NoTarget, Target
from calls.timeline import CallArrived, Queued
from hotline.call_timeline import Timelines
from hotline.department_book import DepartmentBook
from hotline.parking import Park
from hotline.talk_desk import HotlineTalkDesk

DIRECTORY = parse_directory(
    """
seats: {first: 1001, last: 1009}
skills: {general: {zh: 综合}, housing: {zh: 住房}}
queues:
  general: {zh: 综合, needs: {general: 1}, wrap_up_s: 15}
  housing: {zh: 住房, needs: {housing: 2}, wrap_up_s: 30, code: "3"}
departments:
  water: {code: "23", zh: 供水, number: "5550123"}
people:
  2001: {name: 甲, skills: {general: 3}}
  2002: {name: 乙, skills: {housing: 2}}
  2003: {name: 丙, skills: {housing: 3}}
  2004: {name: 丁, skills: {housing: 1}}
""",
    "directory.yaml",
)
ONE, OTHER = CallId("one"), CallId("other")


@dataclass
class House:
    """Agents at their seats, and the desk of their talks."""

    clock: ManualClock
    floor: Floor
    desk: HotlineTalkDesk

    def ready(self, *agents: str) -> "House":
        """These log in and are ready, a second one after the other."""
        for agent in agents:
            seat = SeatId(f"1{agent[1:]}")
            self.floor.seat_device(seat, DeviceState.IDLE)
            self.floor.login(AgentId(agent), seat, "1111")
            self.floor.ready(AgentId(agent))
            self.clock.advance(1)
        return self

    def consult(self, call: CallId, wanted: str) -> Target:
        """What it comes to when an agent consults: looked up, and about to be rung."""
        return self.desk.rings(call, self.desk.look_up(call, wanted, to_ring=True, by=AgentId("2001")))

    def state(self, agent: str) -> tuple[AgentState, str, str]:
        """An agent's state, the call and the queue that it is about."""
        standing = self.floor.standing(AgentId(agent))
        assert standing is not None
        return standing.state, standing.call, standing.queue


@pytest.fixture
def house() -> House:
    clock = ManualClock(1000.0)
    floor = Floor(
        DIRECTORY, PinGuard(dict.fromkeys(DIRECTORY.people, "1111")), clock, MemoryAgentJournal(),
        timeline=MemoryTimeline(),
    )  # fmt: skip
    timelines = Timelines(MemoryTimeline())
    for call in (ONE, OTHER):
        timelines.open(call)
        timelines.append(
            CallArrived(call=call, at=1000.0, caller="13800000001", caller_name="", dialled="12345",
                        node="a1", unique_id=call)
        )  # fmt: skip
        timelines.append(Queued(call=call, at=1000.0, queue="general", priority=0, needs={}, since=1000.0))

    def address(seat: SeatId) -> Address:
        return Address(f"PJSIP/{seat}")

    departments = DepartmentBook(
        lambda: DIRECTORY, clock, seat_address=address, outside=lambda number: Address(f"out/{number}")
    )
    desk = HotlineTalkDesk(
        floor, timelines, clock, departments=departments, seat_address=address, park=Park(3, 60.0, clock),
        voice=lambda _phrase: list[Sound](), consult_place=lambda _call, _now: None,
    )  # fmt: skip
    return House(clock, floor, desk)


@pytest.mark.parametrize(
    ("wanted", "party", "number"),
    [
        ("23", "department:water", "5550123"), ("department:water", "department:water", "5550123"),
        ("2004", "agent:2004", "1004"), ("agent:2004", "agent:2004", "1004"),
        ("3", "agent:2002", "1002"), ("queue:housing", "agent:2002", "1002"),
    ],
)  # fmt: skip
def test_digits_and_words_mean_a_department_an_agent_or_whoever_of_a_queue_is_free(
    house: House, wanted: str, party: str, number: str
) -> None:
    target = house.ready("2001", "2002", "2003", "2004").desk.look_up(ONE, wanted, to_ring=True)
    assert (target.party, [way.number for way in target.ways]) == (party, [number])


@pytest.mark.parametrize(
    ("wanted", "party"), [("0", "menu"), ("menu", "menu"), ("3", "queue:housing"), ("queue:housing", "queue:housing")]
)
def test_a_caller_is_passed_on_to_the_menu_or_to_the_queue_itself(house: House, wanted: str, party: str) -> None:
    assert house.desk.look_up(ONE, wanted, to_ring=False) == Target(*_kind_and_key(party))


def _kind_and_key(party: str) -> tuple[Kind, str]:
    kind, _, key = party.partition(":")
    return Kind(kind), key


@pytest.mark.parametrize(
    ("wanted", "phrase"),
    [
        ("9", "talk.unknown"), ("queue:nowhere", "talk.unknown"), ("99", "talk.unknown"), ("agent:7", "talk.unknown"),
        ("menu", "talk.unknown"), ("0", "talk.unknown"), ("rubbish", "talk.unknown"), ("2001", "talk.not_free"),
        ("2003", "talk.not_free"), ("3", "talk.nobody_free"), ("queue:housing", "talk.nobody_free"),
    ],
)  # fmt: skip
def test_who_is_not_there_or_not_free_is_not_rung_and_the_agent_hears_why(
    house: House, wanted: str, phrase: str
) -> None:
    house.ready("2001", "2004").floor.called_in(AgentId("2001"), ONE, "general")
    with pytest.raises(NoTarget) as refused:
        house.desk.look_up(ONE, wanted, to_ring=True, by=AgentId("2001"))
    assert refused.value.phrase == phrase


def test_the_colleague_of_the_skill_who_has_been_free_the_longest_is_rung(house: House) -> None:
    house.ready("2004", "2003", "2002")  # 2004 has the skill, but not enough of it
    assert house.consult(ONE, "3").party == "agent:2003"


@pytest.mark.parametrize("device", [DeviceState.IN_USE, DeviceState.UNREACHABLE])
def test_a_colleague_whose_phone_is_busy_or_gone_is_not_free(house: House, device: DeviceState) -> None:
    house.ready("2003", "2002").floor.seat_device(SeatId("1003"), device)
    assert house.consult(ONE, "3").party == "agent:2002"


def test_two_who_consult_a_queue_at_once_get_two_colleagues_and_the_third_hears_that_nobody_is_free(
    house: House,
) -> None:
    house.ready("2002", "2003")
    first, second, third = (house.desk.look_up(call, "3", to_ring=True) for call in (ONE, OTHER, OTHER))
    rung = [house.desk.rings(ONE, first).party, house.desk.rings(OTHER, second).party]
    assert rung == ["agent:2002", "agent:2003"]
    with pytest.raises(NoTarget) as refused:
        house.desk.rings(OTHER, third)
    assert refused.value.phrase == "talk.nobody_free"


def test_a_colleague_who_was_asked_for_by_name_and_is_taken_meanwhile_is_not_replaced_by_another(house: House) -> None:
    house.ready("2002", "2003")
    wanted = house.desk.look_up(OTHER, "2002", to_ring=True)
    assert house.consult(ONE, "3").party == "agent:2002"
    with pytest.raises(NoTarget) as refused:
        house.desk.rings(OTHER, wanted)
    assert refused.value.phrase == "talk.not_free"


def test_a_consulted_colleague_has_a_state_and_a_wrap_up_of_their_own(house: House) -> None:
    target = house.ready("2002").consult(ONE, "3")
    assert house.state("2002") == (AgentState.RINGING, ONE, "general")
    house.desk.answered(ONE, target)
    assert house.state("2002")[0] is AgentState.TALKING
    house.desk.left(ONE, target, "agent")
    assert house.state("2002")[0] is AgentState.WRAP_UP
    house.clock.advance(15)
    house.floor.tick()
    assert house.state("2002")[0] is AgentState.READY


def test_who_did_not_answer_is_put_aside_and_who_was_called_off_is_free_at_once(house: House) -> None:
    target = house.ready("2002").consult(ONE, "3")
    house.desk.failed(ONE, target, None)
    assert house.state("2002")[0] is AgentState.READY
    house.desk.failed(ONE, house.consult(ONE, "3"), RingOutcome.NO_ANSWER)
    assert house.state("2002")[0] is AgentState.BREAK


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ("23", {"23", "department:water"}), ("department:water", {"department:water"}),
        ("2002", {"2002", "agent:2002"}), ("seat:1002", {"1002", "agent:1002"}),
        ("5550123", {"5550123", "agent:5550123"}), ("rubbish", {"rubbish"}),
    ],
)  # fmt: skip
def test_somebody_in_a_talk_is_known_by_the_party_that_words_mean_and_by_the_number_itself(
    house: House, wanted: str, names: set[str]
) -> None:
    assert house.desk.names(wanted) == names
