"""Steps that are called from several places and go back to where they were called."""

import pytest
from ivr_fake_line import HANG_UP, Visit
from ivr_small_flow import small

from calls import CallerHungUp
from ivr import FlowEnd

SHARED = small(
    "m: {do: menu, prompt: p, choices: {1: first, 2: second}}\n"
    "first: {do: call, step: ask, next: one}\n"
    "second: {do: call, step: outer, next: two}\n"
    "outer: {do: call, step: ask, next: back_again}\n"
    "back_again: {do: return}\n"
    "ask: {do: menu, prompt: q, choices: {1: done, 2: top, 3: back}}\n"
    "done: {do: return}\n"
    "one: {do: hangup, prompt: p}\n"
    "two: {do: hangup, prompt: q}"
)


async def test_steps_that_are_called_go_back_to_where_they_were_called():
    assert await Visit(SHARED, "1", "1").run() == FlowEnd("one", "hangup")
    call = Visit(SHARED, "2", "1")
    assert await call.run() == FlowEnd("two", "hangup")
    assert call.steps == ["m", "second", "outer", "ask", "done", "back_again", "two"]


@pytest.mark.parametrize("key", ["2", "3", "*"])
async def test_who_goes_back_to_a_menu_before_the_call_is_no_longer_in_it(key):
    call = Visit(SHARED, "2", key, "1", "1")
    assert await call.run() == FlowEnd("one", "hangup")


async def test_key_0_gets_a_person_out_of_steps_that_were_called():
    assert await Visit(SHARED, "2", "0").run() == FlowEnd("person", "served")


async def test_a_return_without_a_call_is_a_person():
    """A call taken over begins in the middle, and knows of no call."""
    assert await Visit(SHARED).run("done") == FlowEnd("person", "served")


async def test_a_hang_up_in_steps_that_were_called_ends_the_call():
    call = Visit(SHARED, "2", HANG_UP)
    with pytest.raises(CallerHungUp):
        await call.run()
    assert call.steps[-1] == "ask"
