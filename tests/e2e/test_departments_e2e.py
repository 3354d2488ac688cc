"""Departments as the directory has them: telephones in order, opening hours, limits, and what is done when nobody takes
the call."""

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from talk_voice import Voice

from hotline.cli.running import tell
from simulator import CallLeg, Department
from tickets import CallDetail

if TYPE_CHECKING:
    from conftest import Phones, Site

_OFFICE = 2100
_MORE = """
departments:
  first_busy: {zh: 甲局, code: "11", phones: [{number: "66020011", ring_s: 9}, {number: "66020012"}]}
  first_silent: {zh: 乙局, code: "12", phones: [{number: "66020021", ring_s: 1}, {number: "66020022"}]}
  first_refuses: {zh: 丙局, code: "13", phones: [{number: "66020031"}, {number: "66020032"}]}
  shut: {zh: 丁局, code: "14", number: "66020041", hours: never}
  shut_message: {zh: 戊局, code: "15", number: "66020051", hours: never, closed: "voicemail:office"}
  shut_ticket: {zh: 己局, code: "16", number: "66020061", hours: never, closed: ticket}
  small: {zh: 庚局, code: "17", number: "66020071", max_calls: 1}
  chiefs: {zh: 辛局, code: "18", number: "66020081", may_call: {roles: [supervisor]}}
  desk: {zh: 壬局, code: "19", seat: "1009"}
  elsewhere: {zh: 癸局, code: "20", number: "66020091", busy: "department:desk"}
"""
_NEVER = """
  never:
    open: [{days: all, from: "00:00", to: "24:00"}]
    closed_on: [2020-01-01..2099-12-31]
"""
_FLOW = """
numbers: ["{number}"]
start: go
person: person
steps:
  go: {{do: transfer, department: {department}, failed: end}}
  person: {{do: queue, queue: general, nobody_staffed: end}}
  end: {{do: hangup}}
"""


@pytest.fixture(autouse=True, scope="module")
def directory(site: "Site") -> Iterator[None]:
    """These departments and their hours are in the directory while the tests of this file run."""
    folder = site.state / "dialplans"
    before = {path: path.read_text(encoding="utf-8") for path in (folder / "directory.yaml", folder / "calendars.yaml")}
    edited = before[folder / "directory.yaml"].replace("\ndepartments:\n", _MORE, 1)
    (folder / "directory.yaml").write_text(edited, encoding="utf-8")
    (folder / "calendars.yaml").write_text(before[folder / "calendars.yaml"] + _NEVER, encoding="utf-8")
    for number, department in (("12381", "shut_message"), ("12382", "shut_ticket"), ("12383", "small")):
        path = folder / f"to_{department}.yaml"
        path.write_text(f"name: to_{department}\n{_FLOW.format(number=number, department=department)}", "utf-8")
    told = tell(site.control, "reload")
    assert not told["mistakes"], told
    assert "department shut: new" in told["changes"]
    yield
    for path, text in before.items():
        path.write_text(text, encoding="utf-8")
    for path in folder.glob("to_*.yaml"):
        path.unlink()
    assert not tell(site.control, "reload")["mistakes"]


@pytest.fixture
def voice(site: "Site") -> Voice:
    return Voice(site)


def row(site: "Site", department: str) -> dict[str, object]:
    found: dict[str, object] = next(each for each in site.api("departments") if each["department"] == department)
    return found


async def talks(phones: "Phones", seats: int, number: str) -> list[tuple[CallLeg, CallLeg]]:
    """So many callers with an agent each; return both ends of each talk, the callers' numbers being 1, 2, ..."""
    desks = await asyncio.gather(*(phones.seat(f"100{n}", f"200{n}", tone=500 + 200 * n) for n in range(1, seats + 1)))
    found = []
    for n in range(1, seats + 1):
        caller = await phones.ask_for_a_person(f"{number}{n}", tone=2400)
        tone, _ = await caller.hear_any_tone([desk.tone for desk in desks], 20)
        found.append((caller, next(desk for desk in desks if desk.tone == tone).legs[0]))
    return found


def tried(call: CallDetail, department: Department) -> list[str]:
    """The numbers of the departments' exchange that were rung with a caller's number."""
    legs = [department.calls.get_nowait() for _ in range(department.calls.qsize())]
    for leg in legs:
        department.calls.put_nowait(leg)
    return [leg.called_number for leg in legs if leg.caller_number == call.caller]


async def test_the_second_telephone_is_tried_when_the_first_is_busy_does_not_answer_or_refuses(
    site: "Site", phones: "Phones", department: Department
) -> None:
    department.numbers = {"66020011": 486, "66020021": 0, "66020031": 603}
    ways = await talks(phones, 3, "1380600000")
    (_, consults), (_, invites), (passed_on, transfers) = ways
    await consults.send_digits("*4")
    await consults.hear_sound()
    await asyncio.gather(consults.send_digits("11#"), invites.send_digits("*312"), transfers.send_digits("*5"))
    await transfers.hear_sound()
    told = await site.hotline("call", "transfer", await running(site, passed_on), "department:first_refuses")
    assert told["ok"]
    await asyncio.gather(*(leg.hear_tone(_OFFICE, 20) for leg in (consults, invites, passed_on)))
    assert {name: row(site, name)["calls"] for name in ("first_busy", "first_silent", "first_refuses", "small")} == {
        "first_busy": 1, "first_silent": 1, "first_refuses": 1, "small": 0,
    }  # fmt: skip
    await asyncio.gather(*(caller.hang_up() for caller, _ in ways))
    await site.eventually(lambda: not any(each["calls"] for each in site.api("departments")))
    calls = [await site.call_of(f"1380600000{n}") for n in (1, 2, 3)]
    assert sorted(name for call in calls for name in call.departments) == ["first_refuses", "first_silent"]
    assert sorted(tried(call, department) for call in calls) == [
        ["66020011", "66020012"], ["66020021", "66020022"], ["66020031", "66020032"],
    ]  # fmt: skip


async def running(site: "Site", leg: CallLeg) -> str:
    """Return the id of a call that goes on."""
    rows = await site.hotline("calls", "--running", "--caller", leg.caller_number)
    return str(rows[0]["id"])


async def test_an_agent_is_told_why_a_department_does_not_come_and_is_with_the_caller_again(
    site: "Site", phones: "Phones", department: Department, voice: Voice
) -> None:
    department.numbers = {"66020091": 486}
    direct = await phones.call("13806000013", to="12383", tone=2300)
    await direct.hear_tone(_OFFICE, 20)  # all the lines of that department
    [(caller, agent)] = await talks(phones, 1, "1380600001")
    await agent.send_digits("*4")
    await agent.hear_sound()
    for code, phrase in (("14", "talk.closed"), ("18", "talk.not_allowed"), ("17", "talk.full")):
        await agent.send_digits(f"{code}#")
        await voice.heard(agent, phrase)
    await site.eventually(lambda: site.agent("2001")["state"] == "talking")
    for words, why in (
        (("department:shut",), "is closed now"),
        (("department:chiefs", "--agent", "2001"), "may not be called by this agent"),
        (("department:small",), "as many calls as it may have"),
    ):
        code, out = await site.hotline_fails("call", "transfer", "seat:1001", *words)
        assert (code, why in out) == (1, True), out
    second = await phones.call("13806000014", to="12383")
    await voice.heard(second, "department_busy")
    assert row(site, "small")["calls"] == 1
    # a busy department's rule leads to another one, whose telephone is a seat of ours
    desk = await phones.seat("1009", tone=1300)
    await agent.send_digits("*320")
    await asyncio.gather(agent.hear_tone(1300, 20), caller.hear_tone(1300, 20))
    assert (row(site, "desk")["calls"], row(site, "elsewhere")["calls"]) == (1, 0)
    await desk.legs[0].hang_up()
    await site.eventually(lambda: row(site, "desk")["calls"] == 0)
    await caller.hear_tone(agent_tone := 700)
    assert (await site.hotline("call", "consult", "seat:1001", "department:chiefs"))["ok"], "a supervisor's order"
    await agent.hear_tone(_OFFICE, 20)
    await asyncio.gather(caller.hang_up(), direct.hang_up())
    call = await site.call_of("13806000011")
    assert (call.departments, agent_tone) == (["desk"], 700)


async def test_a_caller_hears_that_a_department_is_closed_and_leaves_a_message_or_gets_a_ticket_or_is_back(
    site: "Site", phones: "Phones", department: Department, voice: Voice
) -> None:
    department.numbers = {"66020071": 486}
    [(caller, agent)] = await talks(phones, 1, "1380600002")
    speaks, noted = await asyncio.gather(
        phones.call("13806000023", to="12381", tone=0), phones.call("13806000024", to="12382", tone=0)
    )

    async def leaves(caller: CallLeg) -> None:
        await voice.heard(caller, "department_closed")
        await caller.hear_tone(1000, 30)  # the beep
        caller.say_tone(1700)
        await asyncio.sleep(1.5)
        await caller.send_digits("#")

    async def is_noted(caller: CallLeg) -> None:
        await voice.heard(caller, "department_closed")
        await voice.heard(caller, "department_ticket")

    async def is_back() -> None:
        await site.hotline("call", "transfer", "seat:1001", "department:small")
        await voice.heard(caller, "department_busy")
        await caller.hear_tone(700, 20)  # the agent again
        await agent.wait_ended()

    await asyncio.gather(leaves(speaks), is_noted(noted), is_back())
    await asyncio.gather(noted.wait_ended(20), speaks.wait_ended(20), caller.hang_up())
    call = await site.call_of("13806000023")
    assert (call.outcome, call.message_box) == ("voicemail", "office")
    its = await site.call_of("13806000024")
    found = await site.hotline("tickets", "show", its.ticket)
    assert [one["id"] for one in found["calls"]] == [its.id]
    assert (found["state"], found["department"], found["call"]["caller"]) == (
        "dispatched",
        "shut_ticket",
        "13806000024",
    )
    assert (await site.call_of("13806000021")).agents == ["2001", "2001"]


async def test_a_department_with_a_mistake_changes_nothing_and_hotline_departments_shows_them_all(site: "Site") -> None:
    file = site.state / "dialplans" / "directory.yaml"
    before = file.read_text(encoding="utf-8")
    file.write_text(before.replace("hours: never}", "hours: nevr}"), encoding="utf-8")
    told = await site.told("reload")
    file.write_text(before, encoding="utf-8")
    line = next(n for n, text in enumerate(before.splitlines(), 1) if "hours: never}" in text)
    assert f"directory.yaml:{line}: departments.shut.hours: " in told["mistakes"][0]
    assert "did you mean 'never'?" in told["mistakes"][0]
    rows = {each["department"]: each for each in await site.hotline("departments")}
    assert (rows["shut"]["open"], rows["water"]["open"], rows["small"]["max_calls"]) == (False, True, 1)
    assert [phone["ring_s"] for phone in rows["first_busy"]["phones"]] == [9, 30]
    assert rows["chiefs"]["may_call"] == {"roles": ["supervisor"], "teams": []}
