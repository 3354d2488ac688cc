"""A pretended call goes the way a real one would: the same steps, the same words, the same end."""

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ivr_flow_texts import GOOD, KNOWN, SYSTEM

from calls import Language
from calls.timeline import Connected, Queued
from ivr import QueueEnd, TransferEnd, parse_flow
from ivr.pretended_time import parse_moment
from ivr.rehearsal import rehearse, zone_of
from ivr.rehearsal_line import ScriptedCaller, entries_of
from ivr.rehearsal_services import Pretended
from ivr.rehearsed import Rehearsed, Visit

SHANGHAI = ZoneInfo("Asia/Shanghai")
FLOW = parse_flow(GOOD, KNOWN).flow
OPEN = parse_moment("Tuesday 10:00", SHANGHAI, 0.0)


def call(keys: str, at: float = OPEN, **more) -> Rehearsed:
    pretended = Pretended(**{name: more.pop(name) for name in ("queues", "departments", "tickets") if name in more})
    return asyncio.run(rehearse(FLOW, SYSTEM, ScriptedCaller(entries_of(keys)), Visit(at, pretended=pretended, **more)))


def texts(done: Rehearsed) -> list[str]:
    return [heard.text for heard in done.heard]


def test_a_key_leads_where_the_menu_says_and_everything_heard_is_told():
    done = call("1")
    assert done.steps == ["open", "welcome", "person"]
    assert texts(done)[:2] == ["您好", "Press nine"]
    assert done.end == "answered"
    assert done.asked[0].name == "general"
    assert done.asked[0].skills == {"housing": 2}


def test_silence_goes_the_way_of_silence():
    done = call("-,-,-")
    assert texts(done).count("请按键") == 3, "twice the short prompt, once as what is said before it"
    assert done.steps[-2:] == ["message", "end"]
    assert done.end == "voicemail"


def test_what_is_left_when_the_keys_run_out_is_silence():
    assert call("").end == call("-,-,-,-").end == "voicemail"


def test_the_pretended_time_decides_whether_it_is_open():
    assert call("1", parse_moment("Sunday 22:10", SHANGHAI, 0.0)).steps == ["open", "message", "end"]
    assert call("1", parse_moment("2026-05-10T09:00", SHANGHAI, 0.0)).end == "answered", "the flow opens on that Sunday"
    assert call("1", parse_moment("2026-10-01T09:00", SHANGHAI, 0.0)).end == "voicemail", "the National Day"


@pytest.mark.parametrize(("end", "steps"), [
    (QueueEnd.NOBODY_STAFFED, ["person", "message", "end"]),
    (QueueEnd.TIMEOUT, ["person", "message", "end"]),
    (QueueEnd.SERVED, ["person"]),
])  # fmt: skip
def test_queues_end_as_pretended(end, steps):
    assert call("1", queues={"general": end}).steps[2:] == steps


def test_a_department_that_does_not_answer_leads_on():
    assert call("4").end == "transferred"
    assert call("4", departments={"water": TransferEnd.BUSY}).steps[-2:] == ["water", "person"]


def test_a_ticket_is_told_with_its_marks_filled():
    done = call("3,4711#,hangup", tickets={"4711": "closed"})
    assert "工单4711，目前状态：已办结。" in texts(done)
    assert done.end == "self_served"
    assert done.variables == {"ticket": "4711"}


def test_star_goes_back_and_hash_says_it_again():
    assert call("2,3,*,hangup").steps[-1] == "welcome"
    assert texts(call("3,#,hangup")).count("请输入") == 2


def test_a_key_pressed_while_a_prompt_is_said_cuts_it_short():
    done = call("2,!0")
    assert done.steps == ["open", "welcome", "info", "person"]


def test_keys_pressed_ahead_are_taken_without_the_prompt():
    done = call("31234#,hangup")
    assert "请输入" not in texts(done)
    assert done.variables == {"ticket": "1234"}


def test_a_key_that_could_have_become_a_longer_choice_does_not_take_the_next_answer():
    text = GOOD.replace("5: round,", "5: round, 25: ask,")
    flow = parse_flow(text, KNOWN).flow
    walked = [
        asyncio.run(rehearse(flow, SYSTEM, ScriptedCaller(entries_of(keys)), Visit(OPEN))).steps[2:4]
        for keys in ("2,1", "25,4711#")
    ]
    assert walked == [["info", "welcome"], ["ask", "state"]]


def test_the_language_chosen_is_the_one_spoken_and_asked_for():
    done = call("9,1")
    assert done.language is Language.EN
    assert "Hello" in texts(done)
    assert done.asked[0].name == "general"
    assert done.asked[0].skills["lang.en"] == 1


def test_a_caller_who_hangs_up_in_the_menu_has_hung_up():
    done = call("hangup")
    assert (done.end, done.step) == ("hung_up", "welcome")


def test_the_timeline_is_that_of_a_real_call():
    kinds = [type(event) for event in call("1").events]
    assert Queued in kinds
    assert Connected in kinds


def test_hours_pass_in_no_time():
    assert call("1", queues={"general": QueueEnd.TIMEOUT}).took_s > 900


def test_entries_that_cannot_be_pressed_are_told():
    with pytest.raises(ValueError, match="'x' cannot be pressed"):
        entries_of("1,x")
    assert entries_of("1, -,,wait,!*,hang up") == ["1", "", "", "", "!*", "hangup"]
    assert entries_of("") == []


@pytest.mark.parametrize(("text", "means"), [
    ("2026-10-01T09:00", "2026-10-01 09:00"),
    ("2026-10-01 09:00", "2026-10-01 09:00"),
    ("Sunday 22:10", "2026-03-08 22:10"),
    ("sun 22:10", "2026-03-08 22:10"),
    ("周日 22:10", "2026-03-08 22:10"),
    ("星期一08:30", "2026-03-02 08:30"),
])  # fmt: skip
def test_a_time_can_be_written_as_people_do(text, means):
    moment = datetime.fromtimestamp(parse_moment(text, SHANGHAI, 0.0), SHANGHAI)
    assert f"{moment:%Y-%m-%d %H:%M}" == means


@pytest.mark.parametrize(
    "text", ["tomorrow", "t 10:00", "Sunday", "Sunday 25:00", "Funday 10:00", "2026-13-01", "9" * 400]
)
def test_a_time_that_is_none_is_refused_with_a_remedy(text):
    with pytest.raises(ValueError, match="write one like"):
        parse_moment(text, SHANGHAI, 0.0)


ENTRIES = st.lists(
    st.one_of(st.text(alphabet="0123456789*#", max_size=6), st.sampled_from(["!0", "!*", "hangup"])), max_size=25
)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(ENTRIES, st.sampled_from(list(QueueEnd)), st.integers(0, 400))
def test_whatever_is_pressed_whenever_the_call_comes_to_an_end(entries, end, day):
    pretended = Pretended(queues={"general": end, "english": end})
    visit = Visit(OPEN + day * 86400.0, pretended=pretended)
    done = asyncio.run(rehearse(FLOW, SYSTEM, ScriptedCaller(list(entries)), visit))
    assert done.end in {"answered", "voicemail", "transferred", "self_served", "goodbye", "hung_up", "abandoned_queue"}
    assert done.steps[0] == "open"


def test_now_is_now_and_the_zone_is_the_flows():
    assert parse_moment("now", SHANGHAI, 42.0) == 42.0
    assert zone_of(FLOW).key == "Asia/Shanghai"
