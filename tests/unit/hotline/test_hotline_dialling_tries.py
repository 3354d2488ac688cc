"""Follow-up calls that reach nobody are counted and spaced."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from dialling_world import NOON, NUMBER, SEAT, WISH, FakeLine, World

from agents.dial_rules import Wish


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def _before(ago_s: float, outcome: str = "no_answer", number: str = NUMBER, cause: str = "no_answer") -> Any:
    return SimpleNamespace(dialled=number, outcome=outcome, arrived_at=NOON - ago_s, cause=cause)


@pytest.mark.parametrize(
    ("before", "cause"),
    [
        ([_before(100)], "too_soon"),
        ([_before(400)], "callee"),
        ([_before(100, number="13900000000"), _before(120, "refused")], "callee"),
        ([_before(100, cause="the agent's phone was not answered")], "callee"),
        ([_before(400 + 400 * i) for i in range(5)], "too_often"),
        ([_before(400), _before(800, "answered"), *[_before(1200 + i) for i in range(5)]], "callee"),
        ([_before(86400 + i) for i in range(5)], "callee"),
    ],
)
async def test_for_a_ticket_somebody_is_tried_so_often_a_day_and_so_far_apart(
    world: World, before: list[Any], cause: str
) -> None:
    world.dialled_before = before
    await world.out.serve(FakeLine(), SEAT, Wish(NUMBER, "2611240001"))
    assert world.cause == cause


async def test_without_a_ticket_an_agent_dials_as_often_as_needed(world: World) -> None:
    world.dialled_before = [_before(10)]
    await world.out.serve(FakeLine(), SEAT, WISH)
    assert world.cause == "callee"
