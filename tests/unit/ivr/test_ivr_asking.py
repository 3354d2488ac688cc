"""Asking a caller for digits: barge-in, patience, wrong keys and silence, each with its own reaction and limit."""

import pytest
from ivr_fake_line import HANG_UP, FakeLine, FakePlayer
from ivr_flow_texts import GOOD, KNOWN, SYSTEM

from calls import CallerHungUp, Language
from ivr import parse_flow
from ivr.asking import Answer, ask
from ivr.speaker import Speaker
from ivr.steps import Collect, Menu

FLOW = parse_flow(GOOD, KNOWN).flow
MENU = {"do": "menu", "prompt": "hello", "choices": {"1": "person", "2": "info"}}
COLLECT = {"do": "collect", "prompt": "ask", "into": "ticket", "least": 4, "most": 6, "next": "state"}


def _unnoted(pressed: str, verdict: str) -> None:
    """What is noted is tested with the interpreter."""


async def asked(line: FakeLine, again: bool = False, **changes: object) -> Answer:
    speaker = Speaker(FLOW, line, FakePlayer(), SYSTEM)
    if changes.pop("do", "menu") == "menu":
        menu = Menu.model_validate(MENU | changes)
        return await ask(line, speaker, menu, menu.choices, again=again, note=_unnoted)
    return await ask(line, speaker, Collect.model_validate(COLLECT | changes), None, again=again, note=_unnoted)


# -- one digit ------------------------------------------------------------------------------------------------------


async def test_a_digit_in_the_prompt_stops_it_and_is_taken():
    line = FakeLine((0.5, "2"))
    assert await asked(line) == Answer("2", "match")
    assert line.clock.now() == 1_000_000.5


async def test_without_barge_in_a_digit_in_the_prompt_is_dropped_and_one_after_it_is_taken():
    line = FakeLine([(0.5, "2"), (2.5, "1")])
    assert await asked(line, barge_in=False) == Answer("1", "match")
    assert line.heard == ["zh/hello"]


async def test_the_first_digit_may_take_its_time_and_no_longer():
    late = FakeLine((2 + 3.9, "1"))
    assert (await asked(late, first_digit_s=4)).pressed == "1"
    assert len(late.wanted) == 1
    too_late = FakeLine((2 + 4.1, "1"), "2")
    assert (await asked(too_late, first_digit_s=4)).pressed == "2"
    assert len(too_late.wanted) == 2


async def test_the_flow_keys_are_right_in_every_menu():
    for key in "0*#":
        assert await asked(FakeLine(key)) == Answer(key, "match")


async def test_silence_is_told_and_asked_again_up_to_its_limit_and_then_goes_its_own_way():
    line = FakeLine()
    exits = {"limit": 2, "prompts": ["short", "no_input"], "then": "message"}
    assert await asked(line, no_input=exits) == Answer("", "no_input", "message")
    assert line.heard == ["zh/hello", "zh/short", "zh/hello", "zh/no_input", "zh/hello"]


async def test_the_last_prompt_for_silence_repeats():
    line = FakeLine()
    await asked(line, no_input={"limit": 3, "prompts": ["short", "no_input"]})
    assert line.heard[1::2] == ["zh/short", "zh/no_input", "zh/no_input"]


async def test_without_prompts_of_its_own_the_systems_words_are_said():
    line = FakeLine("", "7", "1")
    await asked(line)
    assert "zh/no_input" in line.heard
    assert "zh/no_match" in line.heard


async def test_wrong_keys_and_silence_are_counted_apart():
    line = FakeLine("7", "", "8", "", "1")
    exits = {"no_input": {"limit": 2, "then": "message"}, "no_match": {"limit": 2, "then": "info"}}
    assert await asked(line, **exits) == Answer("1", "match")
    assert await asked(FakeLine("7", "", "8", "", "9"), **exits) == Answer("9", "no_match", "info")
    assert await asked(FakeLine("7", "", "8", "", ""), **exits) == Answer("", "no_input", "message")


async def test_without_a_way_of_its_own_the_exit_is_left_to_the_flow():
    assert await asked(FakeLine("7", "7", "7")) == Answer("7", "no_match", None)


async def test_after_a_wrong_key_what_was_typed_ahead_is_forgotten():
    line = FakeLine("712", "2")
    assert await asked(line) == Answer("2", "match")
    assert len(line.wanted) == 2


async def test_what_was_typed_ahead_of_a_right_key_stays_for_the_next_question():
    line = FakeLine("12")
    assert (await asked(line)).pressed == "1"
    assert (await asked(line)).pressed == "2"


async def test_the_short_prompt_is_said_the_second_time_and_when_the_caller_comes_back():
    line = FakeLine("", (5.0, "1"))
    await asked(line, short="short")
    assert line.heard == ["zh/hello", "zh/no_input", "zh/short"]
    back = FakeLine("1")
    await asked(back, again=True, short="short")
    assert back.heard == ["zh/short"]


async def test_a_further_language_is_said_behind_the_prompt_unless_it_is_the_callers_own():
    line = FakeLine((3.0, "1"))
    await asked(line, then_in={"en": "nine"})
    assert line.heard == ["zh/hello", "en/nine"]
    foreign = FakeLine((3.0, "1"))
    foreign.call.language = Language.EN
    await asked(foreign, then_in={"en": "nine"})
    assert foreign.heard == ["en/hello"]


async def test_a_hang_up_in_the_prompt_or_in_the_silence_ends_it():
    for when in (0.5, 4.0):
        with pytest.raises(CallerHungUp):
            await asked(FakeLine((when, HANG_UP)))


# -- many digits ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "pressed"),
    [("1234#", "1234"), ("123456", "123456"), ("12345", "12345"), ("0000#", "0000")],
    ids=["terminator", "most", "patience", "zeros"],
)
async def test_digits_are_complete_by_terminator_by_number_or_by_waiting(typed, pressed):
    assert await asked(FakeLine(typed), do="collect") == Answer(pressed, "match")


@pytest.mark.parametrize("typed", ["123#", "12", "12*4#", "1*34#"])
async def test_too_few_digits_or_a_star_among_them_are_wrong(typed):
    line = FakeLine(typed, "4321#")
    assert await asked(line, do="collect") == Answer("4321", "match")
    assert "zh/no_match" in line.heard


@pytest.mark.parametrize(("typed", "key"), [("0#", "0"), ("0", "0"), ("*#", "*"), ("#", "#")])
async def test_a_flow_key_alone_is_understood_among_digits_too(typed, key):
    assert await asked(FakeLine(typed), do="collect") == Answer(key, "match")


async def test_between_digits_the_caller_may_pause_and_no_longer():
    line = FakeLine("1234")
    assert (await asked(line, do="collect", between_digits_s=1.5)).pressed == "1234"
    wanted = line.wanted[0]
    assert (wanted.max_digits, wanted.terminators, wanted.between_timeout_s) == (6, "#", 1.5)
    assert line.clock.now() == pytest.approx(1_000_000 + 4 * 0.3 + 1.5)


async def test_another_terminator_ends_the_digits():
    assert (await asked(FakeLine("1234*9"), do="collect", terminator="*")).pressed == "1234"
