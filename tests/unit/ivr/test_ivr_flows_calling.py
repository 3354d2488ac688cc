"""Flows that call other flows: walked on the scripted line, taken up again after a restart, and checked together."""

from pathlib import Path

import pytest
from ivr_fake_line import HANG_UP, Visit
from ivr_flow_texts import KNOWN
from ivr_small_flow import small_text

from calls import CallerHungUp
from calls.standing import standing_of
from ivr import Flow, FlowBook, FlowEnd, FlowErrors, QueueEnd, parse_flow
from ivr.closures import Closure

CITY = "m: {do: menu, prompt: p, choices: {1: bills, 2: water, 3: gone}}"
BILLS = "bills: {do: call, flow: bills, next: after}\nafter: {do: hangup, prompt: q}"
WATER = "water: {do: call, flow: water}\ngone: {do: call, flow: nowhere, next: bye}"
ASK = "ask: {do: menu, prompt: p, choices: {1: done, 2: top, 3: deeper}}\ndone: {do: return}"
DEEPER = "deeper: {do: call, flow: water, next: done}"


def flow(name: str, steps: str, more: str = "", **change: str) -> Flow:
    text = small_text(steps).replace("name: small", f"name: {name}\n{more}")
    for old, new in change.items():
        text = text.replace(old, new)
    return parse_flow(text, KNOWN).flow


HOME = flow("city", f"{CITY}\n{BILLS}\n{WATER}", 'numbers: ["12345"]')
OTHERS = [
    flow("bills", f"{ASK}\n{DEEPER}", zh="zh", 一="账单"),
    flow("water", "w: {do: menu, prompt: q, choices: {1: out}}\nout: {do: return}", 二="水费"),
]


def visit(*answers: str) -> Visit:
    return Visit(HOME, *answers, others=OTHERS)


def places(call: Visit) -> list[str]:
    return [f"{event.flow}.{event.step}" for event in call.events("StepEntered")]


async def test_a_flow_that_is_called_says_its_own_prompts_and_goes_back_behind_the_call():
    call = visit("1", "1")
    assert await call.run() == FlowEnd("after", "hangup")
    assert places(call) == ["city.m", "city.bills", "bills.ask", "bills.done", "city.after"]


async def test_without_a_step_behind_the_call_the_caller_hears_goodbye():
    call = visit("2", "1")
    assert await call.run() == FlowEnd("out", "hangup")
    assert call.line.heard[-1] == "zh/goodbye"


async def test_flows_called_may_call_others_and_key_0_means_their_own_person():
    call = visit("1", "3", "1")
    assert await call.run() == FlowEnd("after", "hangup")
    assert places(call)[2:] == [
        "bills.ask", "bills.deeper", "water.w", "water.out", "bills.done", "city.after"
    ]  # fmt: skip
    call = visit("1", "3", "0")
    await call.run()
    assert places(call)[-1] == "water.person"


@pytest.mark.parametrize("key", ["2", "*"])
async def test_back_and_top_lead_out_of_a_flow_that_was_called(key: str):
    call = visit("1", key, "2", "1")
    await call.run()
    assert places(call) == ["city.m", "city.bills", "bills.ask", "city.m", "city.water", "water.w", "water.out"]


async def test_a_flow_that_is_gone_is_a_person():
    call = visit("3")
    assert await call.run() == FlowEnd("person", "served")


async def test_both_flows_may_be_closed_by_order():
    for closed in ("city", "bills"):
        call = visit("1", "0")
        call.services.closing = lambda name, _, closed=closed: Closure(closed, "") if name == closed else None
        call.services.queues.append(QueueEnd.SERVED)
        await call.run()
        assert "zh/closed_now" in call.line.heard, closed


async def test_a_call_taken_over_goes_on_in_the_flow_it_was_in_and_back_to_the_one_that_called():
    call = visit("1", "3", HANG_UP)  # as far as that the former service came
    with pytest.raises(CallerHungUp):
        await call.run()
    standing = standing_of(call.timeline.events)
    assert (standing.flow, standing.step) == ("water", "w")
    assert standing.returns == ["city/after", "bills/done"]
    again = visit("1")
    ended = await again.run(standing.step, flow=standing.flow, returns=standing.returns)
    assert places(again) == ["water.w", "water.out", "bills.done", "city.after"]
    assert ended == FlowEnd("after", "hangup")


async def test_a_place_that_is_gone_after_a_restart_is_left_out():
    call = visit("1")
    ended = await call.run("w", flow="water", returns=["city/was_there_once", "bills/done", "city/after"])
    assert ended.step == "after"
    call = visit("2", "1")
    await call.run("w", flow="no_more")
    assert places(call)[0] == "city.m"


async def test_steps_of_the_same_flow_that_were_called_return_after_a_restart_too():
    one = flow(
        "one",
        "a: {do: call, step: ask, next: then}\nask: {do: menu, prompt: p, choices: {1: done}}\ndone: {do: return}\n"
        "then: {do: hangup, prompt: q}",
    )
    call = Visit(one, "1")
    assert await call.run("ask", flow="one", returns=["one/then"]) == FlowEnd("then", "hangup")


# -- checked together -----------------------------------------------------------------------------------------------

TOP = 'numbers: ["12345"]\ndefault: true'
ROUND = "a: {do: say, prompt: p, next: b}\nb: {do: call, flow: other, next: a}"
BACK = "c: {do: say, prompt: p, next: d}\nd: {do: return}"
ASKS = "c: {do: menu, prompt: p, choices: {1: d}}\nd: {do: return}"
HELPED = "c: {do: menu, prompt: p, choices: {1: d}, no_input: {then: d}, no_match: {then: d}}\nd: {do: return}"


def book(folder: Path, **flows: str) -> FlowBook:
    for name, steps in flows.items():
        text = steps if steps.startswith("name:") else small_text(steps).replace("name: small", f"name: {name}")
        if name == "city":
            text = text.replace("name: city", f"name: city\n{TOP}")
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return FlowBook(folder, KNOWN)


def told(folder: Path, **flows: str) -> list[str]:
    with pytest.raises(FlowErrors) as caught:
        book(folder, **flows).read()
    return [
        f"{Path(one.file).stem}:{one.line}:{one.key}: {one.message} ({one.remedy})" for one in caught.value.mistakes
    ]


def test_flows_that_fit_together_are_loaded(tmp_path: Path):
    flows, doubts = book(tmp_path, city="a: {do: call, flow: other, next: bye}", other=BACK).read()
    assert sorted(flow.name for flow in flows) == ["city", "other"]
    assert not [doubt for doubt in doubts if not doubt.key.startswith("prompts.")]


def test_a_flow_that_is_not_there_is_told_with_the_name_that_was_meant(tmp_path: Path):
    [wrong] = told(tmp_path, city="a: {do: call, flow: othr, next: bye}", other=BACK)
    assert "steps.a.flow: there is no flow 'othr' (did you mean 'other'?)" in wrong


def test_a_flow_with_mistakes_is_not_told_as_missing(tmp_path: Path):
    [wrong] = told(tmp_path, city="a: {do: call, flow: other, next: bye}", other="c: {do: say, prompt: nix, next: bye}")
    assert wrong.startswith("other:")


@pytest.mark.parametrize(("steps", "message"), [
    (BACK, "goes round to 'a' without waiting for the caller"), (HELPED, "for ever when the caller does nothing"),
])  # fmt: skip
def test_a_round_through_two_flows_is_told(tmp_path: Path, steps: str, message: str):
    [wrong] = told(tmp_path, city=ROUND, other=steps)
    assert wrong.startswith("city:")
    assert message in wrong


def test_a_round_in_which_the_caller_is_asked_and_led_to_a_person_is_none(tmp_path: Path):
    flows, _ = book(tmp_path, city=ROUND, other=ASKS).read()
    assert len(flows) == 2


def test_flows_that_call_one_another_are_told(tmp_path: Path):
    [wrong] = told(
        tmp_path, city="a: {do: call, flow: one, next: bye}",
        one="b: {do: call, flow: two, next: d}\nd: {do: return}",
        two="c: {do: menu, prompt: p, choices: {1: e}}\ne: {do: call, flow: one, next: f}\nf: {do: return}",
    )  # fmt: skip
    assert wrong.startswith("two:")
    assert "calls 'one', from which callers may have come here" in wrong
    [wrong] = told(tmp_path, city="a: {do: call, flow: city, next: bye}", one=BACK, two=BACK)
    assert "calls its own flow" in wrong


def test_what_is_doubtful_between_flows_is_told(tmp_path: Path):
    other = small_text("c: {do: hangup}").replace("name: small", "name: other").replace("[zh, en]", "[zh]")
    city = "a: {do: call, flow: other, next: never}\nnever: {do: hangup}"
    _, doubts = book(tmp_path, city=city, other=other, third=BACK).read()
    words = [f"{one.key}: {one.message}" for one in doubts]
    assert "steps.a.next: is never reached: 'other' never returns" in words
    assert "steps.a.flow: 'other' says nothing in 'en', which callers may have chosen" in words
    assert "name: answers no number, and no flow calls it" in words


@pytest.mark.parametrize(("step", "message"), [
    ("a: {do: call, next: bye}", "write exactly one of them"),
    ("a: {do: call, step: bye, flow: x, next: bye}", "write exactly one of them"),
    ("a: {do: call, step: bye}", "add 'next:'"),
])  # fmt: skip
def test_a_call_that_says_too_little_or_too_much_is_told(tmp_path: Path, step: str, message: str):
    assert any(message in wrong for wrong in told(tmp_path, city=step))


def test_a_flow_with_a_number_of_its_own_cannot_return(tmp_path: Path):
    other = small_text(BACK).replace("name: small", 'name: other\nnumbers: ["1"]')
    [wrong] = told(tmp_path, city="a: {do: call, flow: other, next: bye}", other=other)
    assert "returns, though nobody called" in wrong
