"""Whoever orders something for a seat is told why its phone cannot be rung."""

import pytest

from agents import DeviceState
from calls import SeatId
from hotline.seat_ringer import why_not_rung


def test_a_phone_that_nobody_uses_can_be_rung() -> None:
    assert why_not_rung(SeatId("1001"), DeviceState.IDLE) == ""


@pytest.mark.parametrize("device", [state for state in DeviceState if state is not DeviceState.IDLE])
def test_of_any_other_phone_it_is_told_which_and_why(device: DeviceState) -> None:
    why = why_not_rung(SeatId("1001"), device)
    assert why.startswith("the phone of seat 1001 is not free: ")
    assert ("registered" in why) is (device is DeviceState.UNREACHABLE)
