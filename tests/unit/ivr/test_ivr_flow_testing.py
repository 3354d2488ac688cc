"""Tests of flows: what passes, what fails and where, and that a mistake in a test file is told like one in a flow."""

import asyncio
from pathlib import Path

import pytest
from ivr_flow_texts import GOOD, KNOWN, SYSTEM

from calls import ManualClock
from ivr import FlowErrors, parse_flow
from ivr.flow_testing import ScriptResult, run_tests
from ivr.flow_tests import load_tests

FLOW = parse_flow(GOOD, KNOWN).flow
HEAD = "flow: flow.yaml\ntests:\n  - name: a test\n    at: Tuesday 10:00\n"


def run(tmp_path: Path, text: str) -> list[ScriptResult]:
    path = tmp_path / "test.yaml"
    path.write_text(text, encoding="utf-8")
    return asyncio.run(run_tests(load_tests(path), FLOW, SYSTEM, ManualClock()))


def one(tmp_path: Path, *acts: str, more: str = "") -> ScriptResult:
    [result] = run(tmp_path, HEAD + more + "    do:\n" + "".join(f"      - {act}\n" for act in acts))
    return result


def test_a_test_whose_every_line_is_true_passes(tmp_path):
    result = one(
        tmp_path, "dial", "hear: [hello, Press nine]", "press: 3", "hear: 请输入", 'press: "4711#"', "hear: 已办结",
        "not_hear: 没有查到", "hang_up", "expect: {end: self_served, variables: {ticket: 4711}, step: welcome}",
        more="    tickets: {4711: closed}\n",
    )  # fmt: skip
    assert result.passed, result.message


@pytest.mark.parametrize(("acts", "message"), [
    (["dial", "hear: 再见"], "did not hear '再见'; heard '您好', 'Press nine'"),
    (["dial", "hear: [nine, hello]"], "did not hear 'hello'; heard nothing"),
    (["dial", "not_hear: 您好"], "heard '您好'"),
    (["dial", "press: 1", "expect: {end: voicemail}"], "end is answered, not voicemail"),
    (["dial", "press: 1", "expect: {queue: housing}"], "queue is general, not housing"),
    (["dial", "press: 1", "expect: {skills: {housing: 3}}"], "skills is {'housing': 2}, not {'housing': 3}"),
    (["dial", "press: 1", "expect: {box: night}"], "box is none, not night"),
    (["dial", "press: 1", "press: 2"], "the call had ended before (answered, at step 'person')"),
    (["dial", "expect: {step: person}", "press: 1"], "step is welcome, not person"),
    (["dial", "expect: {end: answered}", "press: 1"], "end is not reached yet, not answered"),
    (["dial", "press: 1", "expect: {steps: [open, welcome]}"],
     "steps is open → welcome → person, not open → welcome"),
    (["dial", "hang_up", "expect: {variables: {ticket: 1}}"], "variable ticket is none, not 1"),
])  # fmt: skip
def test_what_is_not_so_is_told_at_its_line(tmp_path, acts, message):
    result = one(tmp_path, *acts)
    assert not result.passed
    assert result.message == message
    wrong = next(i for i, act in enumerate(acts) if act.startswith(("hear", "not_", "expect")) or i == len(acts) - 1)
    wrong = len(acts) - 1 if message.startswith("the call") else wrong
    assert result.line == 6 + wrong


def test_a_prompt_must_have_been_heard_since_the_last_key(tmp_path):
    assert not one(tmp_path, "dial", "press: 3", "hear: hello").passed
    assert one(tmp_path, "dial", "hear: hello", "press: 3", "hear: ask").passed


def test_waiting_is_silence_and_after_the_last_act_there_is_silence(tmp_path):
    assert one(tmp_path, "dial", "wait", "hear: 没有收到", "expect: {end: voicemail, box: night}").passed


def test_the_state_in_the_middle_of_a_call_can_be_looked_at(tmp_path):
    acts = ["dial", "press: 9", "expect: {language: en, step: welcome}", "press: 1", "expect: {end: answered}"]
    assert one(tmp_path, *acts).passed


def test_a_caller_may_hang_up_after_the_tone(tmp_path):
    night = HEAD.replace("Tuesday", "Sunday")
    acts = "    do: [dial, {hear: voicemail_intro}, hang_up, {not_hear: message_saved}, {expect: {box: night}}]\n"
    [result] = run(tmp_path, night + acts)
    assert result.passed, result.message
    assert result.call.step == "message"


def test_a_time_that_is_none_fails_the_test_at_its_line(tmp_path):
    [result] = run(tmp_path, HEAD.replace("Tuesday 10:00", "tomorrow") + "    do: [dial]\n")
    assert not result.passed
    assert result.line == 4
    assert "is no time" in result.message


@pytest.mark.parametrize(("wrong", "key", "words"), [
    ("- {press: x}", "tests.0.do.0.press", "cannot be pressed"),
    ("- {hear: a, press: 1}", "tests.0.do.0", "each line does one thing"),
    ("- {hears: a}", "tests.0.do.0.hears", "not known here"),
    ("- ring", "tests.0.do.0.ring", "not known here"),
    ("- {expect: {end: served}}", "tests.0.do.0.expect.end", "write one of: answered"),
    ("- {}", "tests.0.do.0", "each line does one thing"),
    ("- {expect: {queu: x}}", "tests.0.do.0.expect.queu", "did you mean 'queue'?"),
    ("- [1]", "tests.0.do.0", "not what belongs here"),
])  # fmt: skip
def test_a_mistake_in_a_test_file_is_told_with_place_and_remedy(tmp_path, wrong, key, words):
    path = tmp_path / "test.yaml"
    path.write_text(HEAD + f"    do:\n      {wrong}\n", encoding="utf-8")
    with pytest.raises(FlowErrors) as caught:
        load_tests(path)
    [mistake] = caught.value.mistakes
    assert mistake.key == key
    assert mistake.line == 6
    assert words in mistake.message + mistake.remedy
