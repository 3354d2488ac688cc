"""Lamps of waiting messages: Asterisk is told what differs, and remembers for whoever comes next."""

from typing import Any

import pytest

from calls import SeatId
from telephony.ami import AmiError, AmiRefused
from telephony.ami_framing import AmiMessage
from telephony.lamps import Lamps

SEATS = [SeatId(str(number)) for number in range(1001, 1061)]


class Asterisk:
    """The manager: keeps global variables and what lamps show."""

    def __init__(self) -> None:
        self.globals: dict[str, str] = {}
        self.lamps: dict[str, int] = {}
        self.told = 0
        self.broken = False

    async def action(self, name: str, /, **headers: Any) -> AmiMessage:
        if name == "Setvar":
            self.globals[headers["Variable"]] = headers["Value"]
        elif headers["Variable"] not in self.globals:
            raise AmiRefused(name, AmiMessage({"Response": "Error", "Message": "No such variable"}))
        return AmiMessage({"Response": "Success", "Value": self.globals[headers["Variable"]]})

    async def originate(self, /, **headers: Any) -> AmiMessage:
        if self.broken:
            return AmiMessage({"Response": "Failure"})
        mailbox, urgent, new, old = headers["Data"].split(",")
        assert (headers["Application"], urgent, old) == ("MinivmMWI", "0", "0")
        self.lamps[mailbox.removesuffix("@hotline")] = int(new)
        self.told += 1
        return AmiMessage({"Response": "Success"})


def lamps(asterisk: Asterisk) -> Lamps:
    return Lamps(asterisk, lambda: SEATS)  # type: ignore[arg-type]


async def test_only_what_differs_is_told() -> None:
    asterisk = Asterisk()
    ours = lamps(asterisk)
    await ours.show({SEATS[0]: 2, SEATS[59]: 1})
    await ours.show({SEATS[0]: 2, SEATS[59]: 1})
    assert (asterisk.lamps, asterisk.told) == ({"1001": 2, "1060": 1}, 2)
    await ours.show({SEATS[0]: 1})
    assert (asterisk.lamps, asterisk.told) == ({"1001": 1, "1060": 0}, 4)


async def test_the_next_service_puts_out_what_the_former_one_lit_and_an_asterisk_anew_is_told_everything() -> None:
    asterisk = Asterisk()
    await lamps(asterisk).show({SEATS[0]: 2, SEATS[59]: 1})
    successor = lamps(asterisk)
    await successor.show({SEATS[59]: 1})
    assert (asterisk.lamps, asterisk.told) == ({"1001": 0, "1060": 1}, 3)
    asterisk.globals, asterisk.lamps = {}, {}  # it was started anew
    await successor.connected()
    await successor.show({SEATS[59]: 1})
    assert asterisk.lamps == {"1060": 1}


async def test_a_lamp_that_could_not_be_told_is_told_the_next_time() -> None:
    asterisk = Asterisk()
    asterisk.broken = True
    ours = lamps(asterisk)
    with pytest.raises(AmiError, match="app_minivm"):
        await ours.show({SEATS[0]: 2})
    asterisk.broken = False
    await ours.show({SEATS[0]: 2})
    assert asterisk.lamps == {"1001": 2}
