"""Numbers with tags, callers who are treated apart, calendars by name: what is told when they are wrong, and what they
do to a call."""

import pytest
from ivr_fake_line import Visit
from ivr_flow_texts import GOOD, KNOWN, SYSTEM

from calls import Language
from calls.passing import CallData
from ivr import FlowErrors, Interpreter, KeyPressed, Known, QueueEnd, parse_flow
from ivr.beside import beside
from ivr.callers import bare
from ivr.closures import Closure

TOP = """\
name: doors
numbers:
  - "12345"
  - {number: "12319", subject: 城管, skills: {housing: 2}, priority: 5, greeting: urban}
  - {number: "12348", interconnect: true, start: person}
  - {number: "12347", language: en}
languages: [zh, en]
start: open
person: person
lists: {elderly: ["+8613800000000", "02088880000"]}
entry: [{callers: [elderly], to: person, priority: 30}]
calendars: {office: {open: [{days: mon-fri, from: "08:30", to: "17:30"}]}}
prompts:
  urban: {zh: 城管, en: Urban}
  hello: {zh: 您好, en: Hello}
  keys: {zh: 请按2, en: Press 2}
  rate: {zh: 满意吗, en: Satisfied}
  why: {zh: 为什么, en: Why}
steps:
  open: {do: hours, calendar: office, when_open: welcome, when_closed: message, when_emergency: end}
  welcome: {do: menu, prompt: hello, choices: {1: person, 2: water}}
  water: {do: transfer, hotline: water, failed: person}
  person:
    do: queue
    queue: general
    priority: 1
    announce: {wait: true, every_s: 20}
    waiting: {prompt: keys, keys: {2: message}}
    nobody_staffed: message
    after: rate
  rate: {do: survey, prompt: rate, why: {prompt: why}}
  message: {do: voicemail, box: night, next: end}
  end: {do: hangup}
"""
DOORS = Known(KNOWN.queues, KNOWN.skills, KNOWN.departments, SYSTEM.names, frozenset({"water"}))
MONDAY_10 = 1_795_399_200.0  # 2026-11-23 10:00 in Shanghai


def visit(*answers, caller="13900000000", dialled="12345", at=MONDAY_10, text=TOP) -> Visit:
    call = Visit(parse_flow(text, DOORS).flow, *answers, at=at)
    call.line.call.caller, call.line.call.dialled = caller, dialled
    return call


def request(call: Visit):
    (asked,) = call.services.asked_for("queue")
    return asked


async def test_a_tagged_number_greets_and_its_skills_priority_and_subject_reach_queue_and_agent():
    call = visit("1", dialled="12319")
    await call.run()
    assert call.line.heard[:2] == ["zh/urban", "zh/hello"]
    assert (dict(request(call).skills), request(call).priority) == ({"housing": 2}, 5)
    assert [(event.subject, event.source) for event in call.events("SubjectNoted")] == [("城管", "number")]
    assert call.line.call.shown_name == "[城管] 13900000000"


async def test_a_plain_number_says_nothing_of_its_callers():
    call = visit("1")
    await call.run()
    assert (dict(request(call).skills), request(call).priority) == ({}, 1)
    assert call.events("SubjectNoted") == []
    assert call.line.call.shown_name == "13900000000"


@pytest.mark.parametrize("caller", ["13800000000", "+8613800000000", "013800000000", "008613800000000"])
async def test_a_listed_caller_hears_no_menu_however_the_number_is_presented(caller):
    call = visit(caller=caller)
    await call.run()
    assert call.steps == ["person", "rate"]
    assert request(call).priority == 30


async def test_the_english_number_speaks_english_and_asks_for_it():
    call = visit("1", dialled="12347")
    await call.run()
    assert call.line.heard[0] == "en/hello"
    assert dict(request(call).skills) == {"lang.en": 1}
    assert call.line.call.language is Language.EN


async def test_what_another_hotline_tells_is_kept_and_shown_and_is_not_the_callers_number():
    call = visit(dialled="12348")
    call.line.data = CallData("12388", "13700000000", "W77", "漏水")
    await call.run()
    assert call.steps[0] == "person"
    assert call.line.call.caller == "13900000000"
    assert call.line.call.shown_name == "[漏水 W77] 13700000000"
    (passed,) = call.events("PassedIn")
    assert (passed.hotline, passed.caller, passed.ticket, passed.subject) == ("12388", "13700000000", "W77", "漏水")


async def test_a_number_that_does_not_take_data_is_told_nothing():
    call = visit("1")
    call.line.data = CallData("12388", "13700000000", "W77", "漏水")
    await call.run()
    assert call.events("PassedIn") == []


async def test_another_hotline_is_told_what_we_know_and_a_department_is_not():
    call = visit("2", dialled="12319")
    await call.run()
    assert call.services.passed_on == [CallData("12319", "13900000000", "", "城管")]
    text = TOP.replace("hotline: water", "department: water")
    call = visit("2", dialled="12319", text=text)
    await call.run()
    assert call.services.passed_on == [None]


async def test_a_key_pressed_while_waiting_leads_where_the_step_says():
    call = visit("1")
    call.services.queues.append(KeyPressed("2"))
    await call.run()
    assert call.steps == ["open", "welcome", "person", "message", "end"]
    asked = request(call)
    assert (asked.keys, asked.tell_wait, asked.announce_every_s) == ("2", True, 20)
    assert [str(sound.path) for sound in asked.offers] == ["zh/keys"]


@pytest.mark.parametrize(
    ("answers", "kept"),
    [
        (("1",), [("satisfaction", "1", True)]),
        (("3",), [("satisfaction", "3", False)]),
        (("5", "2"), [("satisfaction", "5", False), ("reason", "2", None)]),
        (("5", "", ""), [("satisfaction", "5", False)]),
        (("#", "1"), [("satisfaction", "1", True)]),
        (("9", "1"), [("satisfaction", "1", True)]),
        (("9", "9", "1"), []),
        (("", ""), []),
    ],
)
async def test_a_survey_keeps_what_is_answered_and_lets_go_who_does_not_answer(answers, kept):
    call = visit("1", *answers)
    end = await call.run()
    events = call.events("SurveyAnswered")
    assert [(event.question, event.answer, event.satisfied) for event in events] == kept
    assert (end.step, call.line.heard[-1]) == ("rate", "zh/goodbye")


async def test_closed_by_order_is_told_once_and_leads_the_way_of_an_emergency():
    call = visit()
    call.services.closed = Closure(0.0)
    await call.run()
    assert call.steps == ["open", "end"]
    assert call.line.heard == ["zh/closed_now", "zh/goodbye"]
    call = visit("1", text=TOP.replace(", when_emergency: end", ""))
    call.services.closed = Closure(0.0, prompt="urban")
    await call.run()
    assert call.steps == ["open", "message", "end"]
    assert call.line.heard.count("zh/urban") == 1


async def test_who_is_past_the_hours_when_it_is_closed_reaches_no_agent():
    late = visit("1")
    late.services.closed = Closure(0.0)
    await late.run("welcome")
    assert late.services.asked_for("queue") == []
    assert late.steps == ["welcome", "person", "message", "end"]


@pytest.mark.parametrize(("at", "step"), [(MONDAY_10, "welcome"), (MONDAY_10 + 8 * 3600, "message")])
async def test_a_calendar_by_name_decides(at, step):
    call = visit(at=at)
    await call.run()
    assert call.steps[1] == step


async def test_a_caller_taken_over_in_line_does_not_hear_the_beginning_of_the_step_again():
    text = TOP.replace("    priority: 1\n", "    priority: 1\n    prompt: hello\n")
    call = visit(text=text)
    call.services.queues.append(QueueEnd.NOBODY_STAFFED)
    await Interpreter(*call._parts).run("person", begun=True)
    assert "zh/hello" not in call.line.heard


MISTAKES = [
    ("subject: 城管", "subject: " + "长" * 50, "numbers.1.subject", "is too long", "shorter"),
    ("skills: {housing: 2}", "skills: {hosing: 2}", "numbers.1.skills.hosing", "no skill 'hosing'", "'housing'"),
    ("skills: {housing: 2}", "skills: {housing: 9}", "numbers.1.skills.housing", "out of bounds", "at most 5"),
    ("greeting: urban", "greeting: urbn", "numbers.1.greeting", "no prompt 'urbn'", "'urban'"),
    ("start: person}", "start: persn}", "numbers.2.start", "no step 'persn'", "'person'"),
    ("interconnect: true", "interconect: true", "numbers.2.interconect", "not known", "'interconnect'"),
    ("languages: [zh, en]", "languages: [zh]", "numbers.3.language", "none of the flow's", "add en"),
    ("callers: [elderly]", "callers: [eldrly]", "entry.0.callers.0", "no list 'eldrly'", "'elderly'"),
    ("callers: [elderly], ", "", "entry.0", "speaks of nobody", "add 'callers:'"),
    ("to: person, priority", "to: persn, priority", "entry.0.to", "no step 'persn'", "'person'"),
    ("calendar: office", "calendar: ofice", "steps.open.calendar", "no calendar 'ofice'", "'office'"),
    ("calendar: office, ", "", "steps.open", "has no hours", "name a calendar"),
    ("calendar: office", "calendar: office, china_holidays: true", "steps.open", "are both there", "or here"),
    ("hotline: water", "hotline: tax", "steps.water.hotline", "no hotline 'tax'", "there are: water"),
    ("hotline: water", "hotline: water, department: tax", "steps.water", "'department:' or 'hotline:'", "exactly one"),
    ("wait: true", "wait: true, place: false", "steps.person.announce", "but not the place", "place: true"),
    ("keys: {2: message}", "keys: {22: message}", "steps.person.waiting.keys.22", "no key of a telephone", ""),
    ("keys: {2: message}", "keys: {2: mesage}", "steps.person.waiting.keys.2", "no step 'mesage'", "'message'"),
    ("why: {prompt: why}", "why: {prompt: why, name: satisfaction}", "steps.rate", "both questions", "another"),
    ('["+8613800000000", "02088880000"]', "elderly.csv", "lists.elderly", "no file 'elderly.csv'", ""),
    ('["+8613800000000", "02088880000"]', "../elderly.csv", "lists.elderly", "", ""),
]


@pytest.mark.parametrize(("right", "wrong", "key", "message", "remedy"), MISTAKES, ids=[m[1][:40] for m in MISTAKES])
def test_a_mistake_names_its_place_and_a_remedy(right, wrong, key, message, remedy):
    assert right in TOP
    text = TOP.replace(right, wrong, 1)
    with pytest.raises(FlowErrors) as caught:
        parse_flow(text, DOORS)
    found = [one for one in caught.value.mistakes if one.key.startswith(key)]
    assert found, [str(one) for one in caught.value.mistakes]
    assert any(message in one.message and remedy in one.remedy for one in found), [str(one) for one in found]
    assert all(one.line > 1 for one in found)


def test_each_row_of_a_list_is_checked(tmp_path):
    (tmp_path / "elderly.csv").write_text("号码,备注\n13800000000,王\n12x,李\n\n13800000000,again\n", encoding="utf-8")
    _, mistakes, _ = beside(tmp_path, KNOWN)
    assert [(one.line, one.message) for one in mistakes] == [(3, "'12x' is no telephone number")]
    (tmp_path / "elderly.csv").write_text("13800000000\n+86 138-0000-0000\n(020) 8888 0000\n", encoding="utf-8")
    known, mistakes, doubts = beside(tmp_path, KNOWN)
    assert mistakes == []
    assert known.callers["elderly.csv"] == {"13800000000", "02088880000"}
    assert [(one.line, one.message) for one in doubts] == [(2, "stands in line 1 already")]
    (tmp_path / "elderly.csv").write_bytes("13800000000,王".encode("gbk"))
    _, (mistake,), _ = beside(tmp_path, KNOWN)
    assert "UTF-8" in mistake.message


def test_a_calendar_file_is_for_all_flows_and_its_mistakes_have_their_place(tmp_path):
    path = tmp_path / "calendars.yaml"
    path.write_text(
        "calendars:\n  office:\n    open: [{days: mon-fry, from: '08:30', to: '17:30'}]\n", encoding="utf-8"
    )
    _, (mistake,), _ = beside(tmp_path, KNOWN)
    assert (mistake.line, mistake.key) == (3, "calendars.office.open.0.days")
    path.write_text(path.read_text().replace("mon-fry", "mon-fri"), encoding="utf-8")
    known, mistakes, _ = beside(tmp_path, KNOWN)
    assert mistakes == []
    assert "office" not in parse_flow(GOOD, known).flow.calendars, "only what a flow uses is part of it"
    text = GOOD.replace("    zone: Asia/Shanghai\n", "    calendar: office\n")
    for line in ("    open: [", "    closed_on", "    open_on", "    china_holidays"):
        text = "".join(one for one in text.splitlines(True) if not one.startswith(line))
    assert "office" in parse_flow(text, known).flow.calendars


@pytest.mark.parametrize(
    ("number", "plain"),
    [("+8613812345678", "13812345678"), ("008613812345678", "13812345678"), ("013812345678", "13812345678"),
     ("8613812345678", "13812345678"), ("02088880000", "02088880000"), ("12345", "12345"), ("8612345", "8612345"),
     ("+85223456789", "+85223456789"), ("", "")],
)  # fmt: skip
def test_numbers_are_compared_without_what_only_the_network_adds(number, plain):
    assert bare(number) == plain
