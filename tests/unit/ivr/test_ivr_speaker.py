"""The voice of a call: the flow's prompts before the system's, the caller's language before the nearest one."""

import pytest
from ivr_fake_line import FakeLine, FakePlayer
from ivr_flow_texts import GOOD, KNOWN, SYSTEM

from calls import CallerHungUp, Language
from ivr import parse_flow
from ivr.speaker import Speaker

FLOW = parse_flow(GOOD, KNOWN).flow
OWN = parse_flow(GOOD.replace("  short: {", "  goodbye: {zh: 慢走, en: Bye}\n  short: {"), KNOWN).flow


def speaker(line: FakeLine, flow=FLOW) -> Speaker:
    return Speaker(flow, line, FakePlayer(), SYSTEM)


async def test_a_prompt_is_said_in_the_callers_language():
    line = FakeLine()
    await speaker(line).say("hello")
    line.call.language = Language.EN
    await speaker(line).say("hello")
    assert line.heard == ["zh/hello", "en/hello"]


async def test_a_prompt_without_the_callers_language_is_said_in_the_flows_first_one_that_it_has():
    line = FakeLine()
    await speaker(line).say("nine")
    assert line.heard == ["en/nine"]


async def test_a_language_that_is_asked_for_goes_before_the_callers():
    line = FakeLine()
    await speaker(line).say("hello", language=Language.EN)
    assert line.heard == ["en/hello"]


async def test_what_the_flow_does_not_hold_the_system_says_with_its_marks_filled():
    line = FakeLine()
    await speaker(line).say("ticket_found", ticket="2026112300", state="已登记")
    assert line.heard == ["zh/ticket_found=2026112300=已登记"]


async def test_the_flows_own_words_go_before_the_systems():
    class Texts(FakePlayer):
        async def sounds(self, name, text, language, **slots):
            self.text = text
            return await super().sounds(name, text, language, **slots)

    player = Texts()
    await Speaker(OWN, FakeLine(), player, SYSTEM).say("goodbye")
    assert player.text == "慢走"


async def test_a_key_that_may_interrupt_is_returned_and_no_other_one_stops_the_prompt():
    line = FakeLine()
    line.during = {"zh/hello": "5"}
    assert await speaker(line).say("hello", interrupt="0*#") == ""
    line.during = {"zh/hello": "*"}
    assert await speaker(line).say("hello", interrupt="0*#") == "*"
    assert line.heard == ["zh/hello", "zh/hello…"]


async def test_a_hang_up_while_something_is_said_ends_it():
    line = FakeLine()
    line.hangs_up_at = line.clock.now() + 1
    with pytest.raises(CallerHungUp):
        await speaker(line).say("hello")
