"""A network that delivers late and in bursts, as Wi-Fi and a busy machine do: every digit still counts once."""

from typing import TYPE_CHECKING, Any

import pytest

from simulator import CallLeg, Department

if TYPE_CHECKING:
    from conftest import Phones, Site

_FLOW = """
numbers: ["12374"]
start: number
person: person
prompts:
  number: {zh: 请输入十一位号码。, en: Please enter the eleven digits.}
steps:
  number: {do: collect, prompt: number, into: number, least: 11, most: 11, next: end}
  person: {do: queue, queue: general, nobody_staffed: end}
  end: {do: hangup}
"""


class Bursts:
    """Holds what a phone sends back, and lets it go so many packets at a time."""

    def __init__(self, leg: CallLeg, size: int) -> None:
        self._stream: Any = leg.stream
        self._out = leg.stream._transport
        self._size = size
        self._held: list[tuple[bytes, Any]] = []
        self._stream._transport = self

    def sendto(self, data: bytes, address: Any) -> None:
        self._held.append((data, address))
        if len(self._held) >= self._size:
            for held in self._held:
                self._out.sendto(*held)
            self._held.clear()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._out, name)


@pytest.mark.parametrize("size", [3, 7, 9, 11, 25])
async def test_digits_that_come_in_bursts_count_once_each(site: "Site", phones: "Phones", size: int) -> None:
    await site.add_flow("bursts", _FLOW)
    number = "11223344556"
    caller = await phones.call(f"1380174{size:04d}", to="12374")
    Bursts(caller, size)
    await caller.hear_sound(10)
    await caller.send_digits(number)
    await caller.wait_ended(30)
    call = await site.call_of(f"1380174{size:04d}")
    [entered] = [entry.data["digits"] for entry in call.timeline if entry.kind == "DigitsEntered"]
    assert entered == number


@pytest.mark.parametrize("size", [3, 7, 9, 11, 25])
async def test_a_code_that_an_agent_presses_counts_though_its_digits_come_in_bursts(
    site: "Site", phones: "Phones", department: Department, size: int
) -> None:
    await phones.seat("1001", "2001", tone=700)
    number = f"1380175{size:04d}"
    caller = await phones.ask_for_a_person(number, tone=2400)
    await caller.hear_tone(700, 15)
    agent = phones.seats[0].legs[0]
    Bursts(agent, size)
    for _ in range(3):
        await agent.send_digits("*302")
        asked = await department.next_call()
        await agent.send_digits("*9")
        await asked.wait_ended(10)
    await caller.hang_up()
    call = await site.call_of(number)
    asked_for = [entry.data["number"] for entry in call.timeline if entry.kind == "PartyInvited"]
    assert asked_for == ["66010002"] * 3
