"""What is said where, keys of several digits, words instead of steps, entries that are checked and read back."""

import pytest
from ivr_fake_line import HANG_UP, Visit
from ivr_small_flow import small

from calls import CallerHungUp
from ivr import FlowEnd, texts_of
from ivr.speaker import inline_name
from ivr.steps import Spoken

INLINE = Spoken(zh="今天停水", en="No water today")


# -- say ------------------------------------------------------------------------------------------------------------


async def test_a_text_may_be_written_where_it_is_said_and_is_rendered_ahead_like_any_prompt():
    flow = small("a: {do: say, text: {zh: 今天停水, en: No water today}, next: bye}")
    call = Visit(flow)
    assert await call.run() == FlowEnd("bye", "hangup")
    assert call.line.heard == [f"zh/{inline_name(INLINE)}", "zh/goodbye"]
    rendered = {(language.value, text) for _, language, text in texts_of([flow])}
    assert {("zh", "今天停水"), ("en", "No water today")} <= rendered


async def test_several_texts_are_said_in_order_and_a_key_stops_them_all():
    flow = small("m: {do: menu, prompt: p, choices: {1: a}}\na: {do: say, prompts: [q, {zh: 三, en: 3}, q], next: m}")
    call = Visit(flow, "1", HANG_UP)
    with pytest.raises(CallerHungUp):
        await call.run()
    assert call.line.heard[1:4] == ["zh/q", f"zh/{inline_name(Spoken(zh='三', en='3'))}", "zh/q"]
    stopped = Visit(flow, "1", HANG_UP)
    stopped.line.during = {"zh/q": "*"}
    with pytest.raises(CallerHungUp):
        await stopped.run()
    assert stopped.line.heard[1:3] == ["zh/q…", "zh/p"]


async def test_marks_are_filled_from_what_the_caller_entered_and_from_the_call_itself():
    flow = small(
        "a: {do: collect, prompt: p, into: account, next: b}\n"
        "b: {do: say, text: {zh: '户号{account|digits}，来电{caller|digits}', en: x}, next: bye}"
    )
    call = Visit(flow, "4711#")
    await call.run()
    assert call.line.heard[1].endswith("=4711=13800000000")


async def test_a_text_written_in_place_serves_wherever_a_prompt_is_named():
    texts = {key: f"{{zh: {key}, en: {key}}}" for key in ("prompt", "short", "lead", "queue", "box", "bye")}
    flow = small(
        f"m: {{do: menu, prompt: {texts['prompt']}, short: {texts['short']}, choices: {{1: v}}, "
        f"no_input: {{prompt: {texts['lead']}}}, then_in: {{en: {{en: other}}}}}}\n"
        f"v: {{do: voicemail, box: b, prompt: {texts['box']}, next: end}}\n"
        f"end: {{do: hangup, prompt: {texts['bye']}}}"
    )
    call = Visit(flow, "", (7, "1"))
    await call.run()
    said = [inline_name(Spoken(zh=key, en=key)) for key in ("prompt", "lead", "short", "box", "bye")]
    assert [
        name.partition("/")[2] for name in call.line.heard if "/text_" in name and not name.startswith("en/")
    ] == said
    assert f"en/{inline_name(Spoken(en='other'))}" in call.line.heard


# -- menu -----------------------------------------------------------------------------------------------------------

LONG = small(
    "m: {do: menu, prompt: p, between_digits_s: 2, choices: {1: a, 12: b, 234: c, '0': d, '#': m}}\n"
    + "\n".join(f"{name}: {{do: hangup, prompt: q}}" for name in "abcd")
)


@pytest.mark.parametrize(("keys", "step"), [("12", "b"), ("1", "a"), ("234", "c"), ("0", "d")])
async def test_a_choice_may_have_several_digits_and_the_longest_that_fits_counts(keys, step):
    call = Visit(LONG, keys)
    assert (await call.run()).step == step


async def test_a_digit_that_can_become_nothing_longer_is_taken_at_once_and_others_after_a_pause():
    quick, slow = Visit(LONG, "12"), Visit(LONG, "1")
    await quick.run()
    await slow.run()
    assert slow.line.clock.now() - quick.line.clock.now() > 1.5


async def test_half_a_choice_is_a_wrong_key():
    call = Visit(LONG, "23", "", "12")
    await call.run()
    assert [(event.digits, event.verdict) for event in call.events("DigitsEntered")] == [
        ("23", "no_match"), ("12", "match"),
    ]  # fmt: skip
    assert "zh/no_match" in call.line.heard


WORDS = small(
    "one: {do: menu, prompt: p, choices: {1: two}}\n"
    "two: {do: menu, prompt: q, choices: {1: three}}\n"
    "three: {do: menu, prompt: p, choices: {7: top, 8: back, 9: again, '*': top, 1: bye}}"
)


@pytest.mark.parametrize(("key", "then"), [("7", ["one"]), ("*", ["one"]), ("8", ["two"]), ("9", [])])
async def test_a_choice_may_lead_to_a_word_instead_of_a_step(key, then):
    call = Visit(WORDS, "1", "1", key, HANG_UP)
    with pytest.raises(CallerHungUp):
        await call.run()
    assert call.steps == ["one", "two", "three", *then]


async def test_the_word_person_gets_a_person():
    flow = small("m: {do: menu, prompt: p, choices: {1: person}}").model_copy(update={"person": "agent"})
    steps = {("agent" if name == "person" else name): step for name, step in flow.steps.items()}
    assert await Visit(flow.model_copy(update={"steps": steps}), "1").run() == FlowEnd("agent", "served")


async def test_the_top_is_the_first_menu_and_there_it_is_said_once_more():
    flow = small("one: {do: menu, prompt: p, short: q, choices: {1: top, 2: bye}}")
    call = Visit(flow, "1", "2")
    await call.run()
    assert call.line.heard[:2] == ["zh/p", "zh/p"]


async def test_a_step_that_is_called_like_a_word_goes_before_the_word():
    flow = small("m: {do: menu, prompt: p, choices: {1: top}}\ntop: {do: hangup, prompt: q}")
    assert (await Visit(flow, "1").run()).step == "top"


# -- collect --------------------------------------------------------------------------------------------------------

CONFIRMED = "a: {do: collect, prompt: p, into: n, confirm: true, next: bye}"


async def test_an_entry_is_read_back_and_entered_again_until_it_is_right():
    call = Visit(small(CONFIRMED), "471#", "2", "4711#", "1")
    assert (await call.run()).step == "bye"
    assert call.line.heard == ["zh/p", "zh/confirm_digits=471", "zh/p", "zh/confirm_digits=4711", "zh/goodbye"]
    assert call.line.call.variables == {"n": "4711"}


async def test_the_words_of_the_read_back_may_be_the_flows_own():
    flow = small("a: {do: collect, prompt: p, into: n, confirm: {zh: '{n|digits}？', en: x}, next: bye}")
    call = Visit(flow, "12#", "1")
    await call.run()
    assert call.line.heard[1].endswith("=12")


@pytest.mark.parametrize(("key", "end"), [("0", "person"), ("", "person"), ("9", "person")])
async def test_who_does_not_say_whether_it_is_right_gets_a_person(key, end):
    call = Visit(small(CONFIRMED), "471#", *[key] * 5)
    assert (await call.run()).step == end
    assert "n" not in call.line.call.variables


async def test_star_at_the_read_back_asks_again_and_hash_reads_it_once_more():
    call = Visit(small(CONFIRMED), "471#", "#", "*", "8#", "1")
    await call.run()
    assert call.line.heard[:5] == [
        "zh/p", "zh/confirm_digits=471", "zh/confirm_digits=471", "zh/p", "zh/confirm_digits=8",
    ]  # fmt: skip


CHECKED = (
    "a: {do: collect, prompt: p, into: n, check: mobile, next: bye, no_match: {limit: 1}, "
    "invalid: {limit: 1, prompt: q, then: other}}\nother: {do: hangup}"
)


async def test_an_entry_that_is_not_what_it_must_be_has_its_own_words_and_way_out():
    call = Visit(small(CHECKED), "12345678901", "13800000000")
    assert (await call.run()).step == "bye"
    assert call.line.heard[1] == "zh/q"
    out = Visit(small(CHECKED), "12345678901", "12345678901")
    assert (await out.run()).step == "other"
    assert [event.verdict for event in out.events("DigitsEntered")] == ["invalid", "invalid"]


async def test_the_x_of_an_identity_card_is_the_star():
    flow = small("a: {do: collect, prompt: p, into: card, check: id_card, next: bye}")
    call = Visit(flow, "11010519491231002*")
    assert (await call.run()).step == "bye"
    assert call.line.call.variables == {"card": "11010519491231002X"}


async def test_the_timeline_says_under_which_name_digits_are_kept_but_nothing_of_secrets():
    flow = small(
        "a: {do: collect, prompt: p, into: n, next: b}\nb: {do: collect, prompt: p, into: s, secret: true, next: bye}"
    )
    call = Visit(flow, "12#", "9876#")
    await call.run()
    assert [(e.digits, e.into) for e in call.events("DigitsEntered")] == [("12", "n"), ("••••", "")]
    assert "9876" not in repr(call.timeline.events)


async def test_what_is_asked_in_secret_and_read_back_is_kept_out_of_recordings_and_nothing_else_is():
    flow = small(
        "a: {do: collect, prompt: p, into: n, next: b}\n"
        "b: {do: collect, prompt: q, into: s, secret: true, confirm: true, next: bye}"
    )
    call = Visit(flow, "12#", "9876#", "1")
    await call.run()
    assert call.services.kept_out == ["zh/q", "zh/confirm_digits=9876"]


def test_lengths_follow_from_what_is_checked_unless_they_are_given():
    steps = small(CHECKED).steps
    assert (steps["a"].least, steps["a"].most) == (11, 11)
