"""Which phones are there: silence counts only for a phone that has answered OPTIONS since it registered."""

import asyncio
from collections.abc import Iterable
from typing import cast

import pytest

from calls import ManualClock, SeatId
from telephony.ami import Ami, AmiRefused
from telephony.ami_framing import AmiMessage
from telephony.channels import DeviceState
from telephony.phones import Phones

SEAT = SeatId("1001")
HERE, THERE = "sip:1001@192.0.2.7:5060", "sip:1001@192.0.2.7:5070;ob"


def message(kind: str, **headers: str) -> AmiMessage:
    return AmiMessage([("Event", kind), *((name.replace("_", "-"), value) for name, value in headers.items())])


class Asterisk:
    """Asterisk's database and lists, as far as phones ask for them."""

    def __init__(self) -> None:
        self.database: dict[str, str] = {}
        self.contacts: list[tuple[str, str, str]] = []  # seat, address, status
        self.devices: dict[str, str] = {}

    async def action(self, name: str, **headers: str) -> None:
        if name == "DBPut":
            self.database[headers["Key"]] = headers["Val"]
        elif name == "DBDel":
            del self.database[headers["Key"]]

    async def collect(self, name: str, _complete: str, **_headers: str) -> list[AmiMessage]:
        rows = {
            "DBGetTree": [
                message("DBGetTreeResponse", Key=f"/hotline-phones/{seat}", Val=address)
                for seat, address in self.database.items()
            ],
            "PJSIPShowContacts": [
                message("ContactList", ObjectName=f"{seat};@6bbf", Uri=address, Status=status)
                for seat, address, status in self.contacts
            ],
            "DeviceStateList": [
                message("DeviceStateChange", Device=device, State=state) for device, state in self.devices.items()
            ],
        }[name]
        if not rows:
            raise AmiRefused(name, AmiMessage([("Response", "Error"), ("Message", "No entries")]))
        return rows


class World:
    """Phones at an Asterisk, and what was last told of each."""

    def __init__(self, asterisk: Asterisk | None = None) -> None:
        self.asterisk = asterisk or Asterisk()
        self.told: dict[SeatId, DeviceState] = {}
        self.clock = ManualClock()
        self.phones = Phones(cast(Ami, self.asterisk), self.told.__setitem__, self.clock)

    def contact(self, status: str, address: str = HERE, seat: str = SEAT) -> None:
        self.phones.on_event(message("ContactStatus", AOR=seat, URI=address, ContactStatus=status))

    def device(self, state: str, seat: str = SEAT) -> None:
        self.phones.on_event(message("DeviceStateChange", Device=f"PJSIP/{seat}", State=state))

    def registered(self, seats: Iterable[str]) -> None:
        for seat in seats:
            self.device("NOT_INUSE", seat)
            self.contact("Reachable", f"sip:{seat}@h", seat)

    def silent(self, seats: Iterable[str]) -> None:
        for seat in seats:
            self.contact("Unreachable", f"sip:{seat}@h", seat)
            self.device("UNAVAILABLE", seat)

    def gone(self) -> set[str]:
        return {seat for seat, state in self.told.items() if state is DeviceState.UNREACHABLE}

    @property
    def seen(self) -> tuple[DeviceState, str]:
        return self.told[SEAT], self.phones.address(SEAT)


async def test_a_phone_that_answers_is_rung_by_name_until_it_goes_silent() -> None:
    world = World()
    world.contact("NonQualified")
    world.device("NOT_INUSE")
    world.contact("Reachable")
    assert world.seen == (DeviceState.IDLE, "PJSIP/1001")
    world.contact("Unreachable")
    world.device("UNAVAILABLE")
    assert world.seen == (DeviceState.UNREACHABLE, "PJSIP/1001")
    world.device("NOT_INUSE")
    world.contact("Reachable")
    assert world.seen == (DeviceState.IDLE, "PJSIP/1001")


async def test_a_phone_that_never_answers_is_there_while_it_is_registered_and_is_rung_at_its_address() -> None:
    world = World()
    world.device("UNAVAILABLE")
    assert world.seen == (DeviceState.UNREACHABLE, "PJSIP/1001")
    world.contact("NonQualified")
    world.contact("Unreachable")
    assert world.seen == (DeviceState.IDLE, f"PJSIP/1001/{HERE}")
    world.device("BUSY")
    assert world.told[SEAT] is DeviceState.IN_USE
    world.device("UNAVAILABLE")
    assert world.seen == (DeviceState.IDLE, f"PJSIP/1001/{HERE}")
    world.contact("Removed")
    assert world.seen == (DeviceState.UNREACHABLE, "PJSIP/1001")


async def test_a_phone_that_registers_from_elsewhere_has_answered_nothing_yet() -> None:
    world = World()
    world.device("NOT_INUSE")
    world.contact("Reachable")
    world.contact("NonQualified", THERE)
    world.contact("Removed")
    world.device("UNAVAILABLE")
    assert world.seen == (DeviceState.IDLE, f"PJSIP/1001/{THERE}")


@pytest.mark.parametrize(
    "address", ["sip:1001@h&Local/99", "sip:1001@h,60,g", "sip:1001@h${X}", 'sip:1001@h"', "sip:1001@h x", "1001", ""]
)
async def test_an_address_that_dial_would_take_otherwise_is_not_handed_on(address: str) -> None:
    world = World()
    world.device("UNAVAILABLE")
    world.contact("Unreachable", address)
    assert world.phones.address(SEAT) == "PJSIP/1001"


async def test_what_is_no_seats_is_not_heeded() -> None:
    world = World()
    world.contact("Reachable", seat="departments")
    world.phones.on_event(message("DeviceStateChange", Device="Queue:drain", State="NOT_INUSE"))
    assert world.told == {}
    assert world.phones.address(SeatId("1009")) == "PJSIP/1009"


async def test_a_restarted_service_knows_who_has_gone_silent_and_who_never_answered() -> None:
    before = World()
    before.contact("Reachable")
    await asyncio.sleep(0)
    asterisk = before.asterisk
    assert asterisk.database == {"1001": HERE}
    asterisk.contacts = [("1001", HERE, "Unreachable"), ("1002", "sip:1002@h", "Unreachable")]
    asterisk.devices = {"PJSIP/1001": "UNAVAILABLE", "PJSIP/1002": "UNAVAILABLE", "PJSIP/1003": "UNAVAILABLE"}
    after = World(asterisk)
    await after.phones.resync()
    assert after.told == {
        "1001": DeviceState.UNREACHABLE, "1002": DeviceState.IDLE, "1003": DeviceState.UNREACHABLE,
    }  # fmt: skip
    assert await after.phones.states() == after.told
    after.contact("Removed")
    await asyncio.sleep(0)
    assert asterisk.database == {}


async def test_an_asterisk_where_nobody_is_registered_is_no_failure() -> None:
    world = World()
    world.asterisk.devices = {"PJSIP/1001": "UNAVAILABLE"}
    await world.phones.resync()
    assert world.told == {SEAT: DeviceState.UNREACHABLE}


async def test_a_phone_that_has_dialled_a_code_is_in_use_before_asterisk_says_so_and_free_when_asterisk_says_so() -> (
    None
):
    world = World()
    world.device("NOT_INUSE")
    with world.phones.has_dialled(SEAT):
        assert world.told[SEAT] is DeviceState.IN_USE
        world.asterisk.devices = {"PJSIP/1001": "NOT_INUSE"}
        assert await world.phones.states() == {SEAT: DeviceState.IN_USE}
        world.device("INUSE")
    assert world.told[SEAT] is DeviceState.IN_USE, "its channel is not gone yet"
    world.device("NOT_INUSE")
    assert world.told[SEAT] is DeviceState.IDLE


async def test_a_phone_with_two_lines_at_us_is_in_use_until_both_are_served() -> None:
    world = World()
    world.device("NOT_INUSE")
    with world.phones.has_dialled(SEAT):
        with world.phones.has_dialled(SEAT):
            pass
        assert world.told[SEAT] is DeviceState.IN_USE
    assert world.told[SEAT] is DeviceState.IDLE


async def test_a_phone_that_is_lost_while_its_line_is_served_is_told_as_lost() -> None:
    world = World()
    world.registered([SEAT])
    with world.phones.has_dialled(SEAT):
        world.silent([SEAT])
        assert world.gone() == {SEAT}
    assert world.gone() == {SEAT}


HOUSE = [f"{1001 + number}" for number in range(40)]


async def test_a_few_phones_that_go_silent_are_gone_at_once() -> None:
    world = World()
    world.registered(HOUSE)
    world.silent(HOUSE[:9])
    assert world.gone() == set(HOUSE[:9])
    await world.phones.close()


async def test_many_phones_that_go_silent_at_once_are_taken_to_be_there_and_rung_at_their_addresses() -> None:
    world = World()
    world.registered(HOUSE)
    world.silent(HOUSE[:12])
    assert world.gone() == set()
    assert world.phones.address(SeatId("1012")) == "PJSIP/1012/sip:1012@h"
    world.registered(HOUSE[:12])
    assert world.phones.address(SeatId("1012")) == "PJSIP/1012"
    world.silent(HOUSE[:1])
    assert world.gone() == {"1001"}, "the storm is over, and one phone is believed again"
    await world.phones.close()


async def test_those_of_many_that_say_nothing_for_three_looks_are_gone_after_all() -> None:
    world = World()
    world.registered(HOUSE)
    world.silent(HOUSE[:12])
    world.registered(HOUSE[:5])
    world.clock.advance(14.9)
    world.silent(HOUSE[20:22])  # these belong to the same storm no longer
    assert world.gone() == set()
    world.clock.advance(0.2)
    world.asterisk.devices = {f"PJSIP/{seat}": "UNAVAILABLE" for seat in HOUSE[5:12]}
    states = await world.phones.states()
    assert {seat for seat, state in states.items() if state is DeviceState.UNREACHABLE} == set(HOUSE[5:12])
    await world.phones.close()


async def test_phones_that_unregister_at_the_end_of_a_shift_are_gone_at_once_however_many() -> None:
    world = World()
    world.registered(HOUSE)
    for seat in HOUSE:
        world.device("UNAVAILABLE", seat)
        world.contact("Removed", f"sip:{seat}@h", seat)
    assert world.gone() == set(HOUSE)
