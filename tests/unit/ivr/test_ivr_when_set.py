"""Going by what is known, and noting it; on the scripted line."""

import asyncio

import pytest
from ivr_fake_line import HANG_UP, Visit
from ivr_flow_texts import KNOWN
from ivr_small_flow import small, small_text

from calls import CallerHungUp
from calls.standing import standing_of
from ivr import FlowErrors, QueueEnd, parse_flow
from ivr.outside import QueueNow

MONDAY_10 = 1795399200.0  # 2026-11-23 10:00 in Shanghai


def deciding(condition: str) -> Visit:
    return Visit(small(f'a: {{do: when, if: "{condition}", then: yes_it_is, else: bye}}\nyes_it_is: {{do: hangup}}'),
                 at=MONDAY_10)  # fmt: skip


async def holds(condition: str, **services: object) -> bool:
    call = deciding(condition)
    for name, value in services.items():
        setattr(call.services, name, value)
    return (await call.run()).step == "yes_it_is"


async def test_time_date_and_weekday_are_those_of_the_zone():
    assert await holds("time == 10:00 and date == 2026-11-23 and weekday == mon")
    call = Visit(small('a: {do: when, zone: UTC, if: "time == 02:00", then: person, else: bye}'), at=MONDAY_10)
    assert (await call.run()).step == "person"


async def test_history_and_queues_are_asked_for_once_and_only_when_they_matter():
    assert await holds("calls_in(7) >= 3 and calls_in(7) < 9", calls=3)
    assert await holds("last_ticket == 'answered'", last="answered")
    assert await holds("last_ticket == ''")
    assert await holds("queue.general.wait_s > 600", queue_figures={"general": QueueNow(9, 1, 0, 700.5)})
    call = deciding("calls_in(7) >= 3 and calls_in(7) < 9 and queue.general.free > 0")
    await call.run()
    assert [name for name, _ in call.services.asked] == ["calls_since", "queue_now"]
    assert call.services.asked[0][1] == ("13800000000", MONDAY_10 - 7 * 86400, "c-1")


async def test_the_first_branch_that_holds_counts_and_the_rest_is_not_asked_about():
    flow = small(
        "a: {do: when, branches: [{if: \"caller == 'x'\", then: one}, {if: \"caller matches '138*'\", then: two}, "
        "{if: calls_in(1) > 0, then: one}], else: bye}\none: {do: hangup}\ntwo: {do: hangup}"
    )
    call = Visit(flow)
    assert (await call.run()).step == "two"
    assert call.services.asked == []


@pytest.mark.parametrize("fault", [RuntimeError("the store is down"), TimeoutError()])
async def test_a_fact_that_cannot_be_had_makes_nothing_hold_and_breaks_nothing(fault):
    broken = {"queue_now": fault, "calls_since": fault, "last_ticket": fault}
    for condition in ("queue.general.free >= 0", "not queue.general.free > 5", "calls_in(7) == 0", "last_ticket == ''"):
        assert not await holds(condition, broken=broken)


async def test_a_fact_that_never_comes_is_not_waited_for():
    call = deciding("calls_in(7) == 0")

    async def never(*_: object) -> int:
        await asyncio.Event().wait()
        return 0

    call.services.calls_since = never
    async with asyncio.timeout(5):
        assert (await call.run()).step == "bye"


async def test_a_hidden_number_has_no_history():
    call = deciding("calls_in(7) == 0 or last_ticket == ''")
    call.line.call.caller = ""
    assert (await call.run()).step == "bye"
    assert call.services.asked == []


SET = small(
    "a: {do: collect, prompt: p, into: n, next: b}\n"
    "b: {do: set, values: {topic: '供水-{n}', by: '{caller}'}, tags: [water, urgent, water], next: c}\n"
    "c: {do: when, if: \"topic == '供水-12' and 'water' in tags and by == caller\", then: d, else: bye}\n"
    "d: {do: say, text: {zh: '{topic|text}', en: x}, next: bye}"
)


async def test_what_is_set_is_known_to_conditions_prompts_and_records():
    call = Visit(SET, "12#")
    await call.run()
    assert call.steps == ["a", "b", "c", "d", "bye"]
    assert call.line.heard[1].endswith("=供水-12")
    assert call.line.call.tags == ["water", "urgent"]
    assert [(e.values, e.tags) for e in call.events("ValuesSet")] == [
        ({"topic": "供水-12", "by": "13800000000"}, ["water", "urgent"])
    ]


async def test_a_queue_step_gives_the_call_its_tags_once_also_when_it_is_entered_again():
    flow = small(
        "a: {do: queue, queue: general, tags: [housing, fund], nobody_staffed: b}\n"
        "b: {do: when, if: \"'fund' in tags\", then: c, else: bye}\n"
        "c: {do: queue, queue: general, tags: [fund, late], nobody_staffed: bye, after: bye}"
    )
    call = Visit(flow)
    call.services.queues.append(QueueEnd.NOBODY_STAFFED)
    await call.run()
    assert call.steps == ["a", "b", "c", "bye"]
    assert call.line.call.tags == ["housing", "fund", "late"]
    assert [event.tags for event in call.events("ValuesSet")] == [["housing", "fund"], ["late"]]


@pytest.mark.parametrize("tags", ["['" + "x" * 41 + "']", "['a\\tb']", "[[a]]", "water"])
def test_what_cannot_be_a_tag_is_refused_with_its_place(tags):
    with pytest.raises(FlowErrors) as caught:
        small(f"a: {{do: queue, queue: general, tags: {tags}, nobody_staffed: bye}}")
    assert all(mistake.key.startswith("steps.a.tags") for mistake in caught.value.mistakes)


async def test_a_call_taken_over_knows_what_was_known():
    call = Visit(SET, "12#")
    await call.run()
    standing = standing_of(call.timeline.events)
    assert standing.values == {"n": "12", "topic": "供水-12", "by": "13800000000"}
    assert standing.tags == ["water", "urgent"]


async def test_a_hang_up_while_a_fact_is_asked_for_is_a_hang_up():
    call = deciding("calls_in(7) == 0")
    call.services.broken = {"calls_since": CallerHungUp()}
    with pytest.raises(CallerHungUp):
        await call.run()
    assert HANG_UP not in call.line.heard


async def test_what_is_made_of_a_secret_is_a_secret_until_it_is_set_anew():
    flow = small(
        "a: {do: collect, prompt: p, into: n, secret: true, next: b}\n"
        "b: {do: set, values: {copy: 'nr {n}', open: '{dialled}'}, next: c}\n"
        "c: {do: set, values: {again: '{copy}!'}, next: d}\nd: {do: set, values: {copy: known}, next: e}\n"
        "e: {do: set, values: {last: '{copy}'}, next: bye}"
    )
    call = Visit(flow, "4711#")
    await call.run()
    assert call.line.call.variables["again"] == "nr 4711!"
    assert [event.values for event in call.events("ValuesSet")] == [
        {"open": "12345"}, {"copy": "known"}, {"last": "known"}
    ]  # fmt: skip
    assert "4711" not in str(call.timeline.events)


@pytest.mark.parametrize(("said", "doubted"), [("{n|text}", True), ("{n|digits}", False), ("{caller|text}", False)])
def test_a_secret_that_is_said_as_text_is_doubted_for_its_sound_stays_on_the_disk(said: str, doubted: bool):
    steps = (
        "a: {do: collect, prompt: p, into: n, secret: true, next: b}\n"
        f"b: {{do: say, text: {{zh: '{said}', en: x}}, next: bye}}"
    )
    loaded = parse_flow(small_text(steps), KNOWN)
    found = [doubt for doubt in loaded.warnings if "stays on the disk" in doubt.message]
    assert [doubt.key for doubt in found] == (["steps.b.text.zh"] if doubted else [])
