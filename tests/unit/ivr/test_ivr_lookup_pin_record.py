"""Asking other systems, letting in who knows a PIN, and messages that are recorded again; on the scripted line."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from ivr_fake_line import HANG_UP, Visit
from ivr_flow_texts import KNOWN
from ivr_small_flow import small

from calls import CallerHungUp, LineFault, Sound
from calls.line import Recorded, RecordEnd
from ivr import Box
from ivr.outside import HttpQuestion, LookUpFailed

# -- lookup ---------------------------------------------------------------------------------------------------------

BILL = small(
    "a: {do: collect, prompt: p, into: account, next: ask}\n"
    'ask: {do: lookup, url: "https://bills.example/of/{account}", send: {by: "{caller}"}, prompt: q, timeout_s: 2, '
    "into: {amount: bill.total, due: bills.0.due}, found: tell, not_found: none, failed: broken}\n"
    "tell: {do: say, text: {zh: '{amount|money}', en: x}, next: bye}\n"
    "none: {do: hangup, prompt: p}\nbroken: {do: hangup, prompt: q}"
)


def bill(*answers: object, account: str = "47#") -> Visit:
    call = Visit(BILL, account)
    call.services.answers.extend(answers)
    return call


async def test_what_is_answered_is_kept_and_said_and_the_caller_hears_music_meanwhile():
    call = bill({"bill": {"total": 12.5, "name": "x"}, "bills": [{"due": "2026-12-31"}]})
    assert (await call.run()).step == "bye"
    assert call.line.heard[:4] == ["zh/p", "zh/q", "music", "silence"]
    assert call.line.heard[4].endswith("=12.5")
    assert call.services.asked_for("http") == [
        HttpQuestion("https://bills.example/of/47", "GET", {"by": "13800000000"}, 2)
    ]
    assert [event.values for event in call.events("ValuesSet")] == [{"amount": "12.5", "due": "2026-12-31"}]


@pytest.mark.parametrize("answer", [None, {}, {"bill": None}, {"bill": {"total": None}, "bills": []}, [], "x", 7,
                                    {"bill": {"total": {"a": 1}}}])  # fmt: skip
async def test_an_answer_that_has_nothing_of_what_is_wanted_is_not_found(answer):
    assert (await bill(answer).run()).step == "none"


async def test_a_part_that_is_missing_is_empty():
    call = bill({"bill": {"total": True}})
    await call.run()
    assert call.line.call.variables == {"account": "47", "amount": "true", "due": ""}


async def test_a_long_or_odd_answer_is_cut_and_cleaned():
    call = bill({"bill": {"total": "a\r\nb\0" + "x" * 500}})
    await call.run()
    assert call.line.call.variables["amount"] == "ab" + "x" * 198


async def test_a_look_up_that_fails_leads_elsewhere_and_the_music_stops():
    call = bill(LookUpFailed("down"))
    assert (await call.run()).step == "broken"
    assert call.line.heard[-2:] == ["silence", "zh/q"]


async def test_a_look_up_that_never_answers_is_not_waited_for():
    call = bill()

    async def never(_: HttpQuestion) -> object:
        await asyncio.Event().wait()

    call.services.over_http = never
    async with asyncio.timeout(10):
        assert (await call.run()).step == "broken"


async def test_what_was_entered_cannot_climb_out_of_its_place_in_the_address():
    flow = small(
        "a: {do: set, values: {x: '../?a=b&c#d/供'}, next: ask}\n"
        'ask: {do: lookup, url: "https://bills.example/of/{x}", found: bye, not_found: bye, failed: bye}'
    )
    call = Visit(flow)
    await call.run()
    assert call.services.asked_for("http")[0].url == (
        "https://bills.example/of/%2E%2E%2F%3Fa%3Db%26c%23d%2F%E4%BE%9B"
    )  # fmt: skip


async def test_a_secret_answer_is_in_no_record_and_a_database_is_asked_by_name():
    flow = small(
        "ask: {do: lookup, query: bill_of, send: {account: '{dialled}'}, into: {pin: code}, secret: true, "
        "music: false, found: bye, not_found: person, failed: person}",
        known=replace(KNOWN, questions={"bill_of": frozenset({"account"})}),
    )
    call = Visit(flow)
    call.services.answers.append({"code": "987654"})
    assert (await call.run()).step == "bye"
    assert call.services.asked_for("database") == [("bill_of", {"account": "12345"})]
    assert "987654" not in repr(call.timeline.events)
    assert "music" not in call.line.heard


# -- pin ------------------------------------------------------------------------------------------------------------

DOOR = small(
    "m: {do: menu, prompt: p, choices: {1: door}}\n"
    "door: {do: pin, pin: staff, prompt: q, right: inside, wrong: bye, locked: shut, tries: 2}\n"
    "inside: {do: hangup, prompt: p}\nshut: {do: hangup, prompt: q}"
)


async def test_the_right_pin_lets_through_and_nothing_entered_is_written_down():
    call = Visit(DOOR, "1", "9999#", "4711#")
    assert (await call.run()).step == "inside"
    assert "zh/pin_wrong" in call.line.heard
    assert "4711" not in repr(call.timeline.events)
    assert "9999" not in repr(call.timeline.events)
    assert [(e.digits, e.verdict) for e in call.events("DigitsEntered")][1:] == [("••••", "invalid"), ("••••", "match")]
    assert "4711" not in repr(call.line.call.variables)


async def test_too_many_wrong_ones_lead_away_and_a_locked_pin_says_so():
    call = Visit(DOOR, "1", "9999#", "8888#", "4711#")
    assert (await call.run()).step == "bye"
    locked = Visit(DOOR, "1", "4711#")
    locked.services.wrong_pins = 5
    assert (await locked.run()).step == "shut"
    assert "zh/pin_locked" in locked.line.heard


async def test_keys_0_star_and_hash_keep_their_meaning_at_a_pin():
    assert (await Visit(DOOR, "1", "0#").run()).reason == "served"
    back = Visit(DOOR, "1", "*", HANG_UP)
    with pytest.raises(CallerHungUp):
        await back.run()
    assert back.steps == ["m", "door", "m"]
    again = Visit(DOOR, "1", "#", "4711#")
    assert (await again.run()).step == "inside"
    assert again.line.heard.count("zh/q") == 2


async def test_who_enters_nothing_or_too_little_gets_a_person():
    for keys in ("", "12#"):
        call = Visit(DOOR, "1", *[keys] * 5)
        assert (await call.run()).reason == "served"
        assert call.services.asked_for("pin") == []


# -- record ---------------------------------------------------------------------------------------------------------

BOX = small("a: {do: record, box: ideas, prompt: p, most: 2, next: bye}")
LEFT = small("a: {do: voicemail, box: ideas, prompt: p, next: bye}")


async def test_a_message_is_heard_recorded_again_and_sent():
    call = Visit(BOX, "1", "2", "3")
    assert (await call.run()).step == "bye"
    assert [name for name, _ in call.services.asked] == ["draft", "draft", "drop", "send"]
    assert call.line.heard == [
        "zh/p", "zh/voicemail_intro", "zh/message_review", "m", "zh/message_review", "zh/voicemail_intro",
        "zh/message_review_last", "zh/message_saved", "zh/goodbye",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "then"),
    [("1", "m"), ("2", "zh/voicemail_intro"), ("3", "zh/message_saved"), ("0", "zh/message_saved"),
     ("#", "zh/message_review")],
)  # fmt: skip
async def test_a_key_pressed_while_hearing_the_message_counts(key, then):
    call = Visit(BOX, "1")
    call.line.during = {"m": key}
    await call.run()
    assert call.line.heard[call.line.heard.index("m…") + 1] == then
    assert len(call.services.messages) == 1


@pytest.mark.parametrize("keys", ["", "9", "#", "*"])
async def test_who_presses_nothing_or_something_else_has_sent_it(keys):
    call = Visit(BOX, *[keys] * 30)
    assert (await call.run()).step == "bye"
    assert len(call.services.messages) == 1


async def test_a_message_is_sent_when_the_caller_hangs_up_or_something_breaks():
    call = Visit(BOX, HANG_UP)
    with pytest.raises(CallerHungUp):
        await call.run()
    assert len(call.services.messages) == 1
    broken = Visit(BOX, "1")
    broken.line.broken = {"m"}
    assert (await broken.run()).reason == "served"
    assert len(broken.services.messages) == 1


async def test_key_0_sends_it_and_gets_a_person():
    call = Visit(BOX, "0")
    assert (await call.run()).reason == "served"
    assert len(call.services.messages) == 1


async def test_it_is_recorded_only_so_often_and_then_2_is_a_wrong_key():
    call = Visit(BOX, "2", "2", "3")
    await call.run()
    assert [name for name, _ in call.services.asked] == ["draft", "draft", "drop", "send"]
    assert "zh/no_match" in call.line.heard


THRICE = small("a: {do: record, box: ideas, prompt: p, next: bye}")


async def test_who_wants_to_record_again_and_then_says_nothing_has_sent_what_was_said_before():
    call = Visit(THRICE, "2")
    call.services.says = [9.0, 0.4, 0.4]
    assert (await call.run()).step == "bye"
    [(_, sent)] = call.services.messages
    assert sent.spoken_s(0) > 9
    assert "zh/message_saved" in call.line.heard


async def test_who_wants_to_record_again_and_hangs_up_has_sent_what_was_said_before():
    call = Visit(THRICE, "2")
    call.services.says = [9.0, 0.4]
    call.line.during = {"zh/no_message_heard": HANG_UP}
    with pytest.raises(CallerHungUp):
        await call.run()
    [(_, sent)] = call.services.messages
    assert sent.spoken_s(0) > 8


@pytest.mark.parametrize("step", ["record", "voicemail"])
async def test_who_says_nothing_is_asked_once_more_and_then_has_left_no_message(step):
    call = Visit(THRICE if step == "record" else LEFT)
    call.services.message_s = 0.4
    assert (await call.run()).step == "bye"
    assert [name for name, _ in call.services.asked] == ["draft", "drop", "draft", "drop"]
    assert call.line.heard.count("zh/no_message_heard") == 2
    assert "zh/message_saved" not in call.line.heard


@pytest.mark.parametrize("step", ["record", "voicemail"])
async def test_a_box_says_how_long_a_message_must_be_and_greets_and_the_step_goes_before_it(step):
    call = Visit(small(f"a: {{do: {step}, box: ideas, silence_s: 7, next: bye}}"))
    call.services.boxes["ideas"] = Box(greeting=[Sound(Path("greeting"))], silence_s=3, shortest_s=6)
    await call.run()
    assert call.line.heard[:2] == ["greeting", "zh/voicemail_intro"]
    assert "zh/no_message_heard" in call.line.heard  # 5 s are said


@pytest.mark.parametrize("step", ["record", "voicemail"])
@pytest.mark.parametrize(("leads", "to"), [("", "bye"), (", full: other", "other")])
async def test_a_box_that_takes_no_message_says_so_and_leads_on(step, leads, to):
    flow = small(f"a: {{do: {step}, box: ideas, next: bye{leads}}}\nother: {{do: hangup}}")
    call = Visit(flow)
    call.services.boxes["ideas"] = Box(open=False)
    assert (await call.run()).step == to
    assert call.services.messages == []
    assert call.line.heard[0] == "zh/mailbox_full"


async def test_a_hang_up_while_speaking_sends_what_was_said():
    call = Visit(BOX, HANG_UP)

    async def gone(path, limits):
        return Recorded(path, 3.0, RecordEnd.HANG_UP)

    call.line.record = gone
    with pytest.raises((CallerHungUp, LineFault)):
        await call.run()
    assert len(call.services.messages) == 1
