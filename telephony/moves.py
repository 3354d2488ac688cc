"""Moving channels from one place to another. The places are contexts of extensions.conf."""

from contextlib import suppress
from dataclasses import dataclass

import structlog

from telephony.ami import Ami, AmiError, AmiRefused
from telephony.bridged import until_arrived

log = structlog.get_logger(__name__)

DESK = "desk"  # an agent's channel, served by an AGI session of its own
ON_HOLD = "on-hold"  # music
BETWEEN = "between"  # silence, for the moment until it is bridged
CALLED = "called"  # whom an agent dialled, served by an AGI session of its own
ROOM = "conference"
ON_HOLD_NOW = "HOTLINE_ON_HOLD"
"""Variable of a caller's channel: "1" while they are on hold, which is part of the talk and recorded."""
AFTER_CALLER = f"F({ON_HOLD}^s^1)"
"""Option of Dial and Bridge: when the one who rang hangs up, the other hears music until it is fetched."""


@dataclass(frozen=True, slots=True)
class Moves:
    """Moves channels of one call; ``room`` is the name of its conference. All but ``hang_up`` raise ``AmiError``."""

    ami: Ami
    room: str

    async def to(self, place: str, channel: str) -> None:
        """Send a channel, which leaves whom it is bridged with; it is there then, if it will be fetched."""
        await self.ami.action("Redirect", Channel=channel, Context=place, Exten="s", Priority="1")
        if place in {ON_HOLD, BETWEEN}:
            await until_arrived(self.ami, channel, f"{place}-")

    async def into_room(self, channel: str, other: str = "") -> None:
        """Send one or two channels into the conference, two in one step."""
        if not other:
            await self.ami.action("Redirect", Channel=channel, Context=ROOM, Exten=self.room, Priority="1")
            return
        await self.ami.action(
            "Redirect", Channel=channel, Context=ROOM, Exten=self.room, Priority="1",
            ExtraChannel=other, ExtraContext=ROOM, ExtraExten=self.room, ExtraPriority="1",
        )  # fmt: skip

    async def in_room(self, channel: str) -> None:
        """Return when a channel is in the conference, to which it was sent: before, it cannot be fetched from there."""
        await until_arrived(self.ami, channel, f"{self.room},")

    async def may_stay(self, channel: str) -> None:
        """Take the limit away that whoever is invited into a conference has while they wait there alone."""
        try:
            await self.ami.action("Setvar", Channel=channel, Variable="TIMEOUT(absolute)", Value="0")
        except AmiRefused:
            log.debug("moves.gone_already", channel=channel)
        except AmiError as error:
            log.warning("moves.limit_stays", channel=channel, error=str(error))

    async def out_of_room(self, channel: str) -> None:
        """Have a channel leave the conference and go on where it came from."""
        with suppress(AmiRefused):  # it has left by itself
            await self.ami.action("ConfbridgeKick", Conference=self.room, Channel=channel)

    async def mute(self, channel: str, *, on: bool) -> None:
        """Have nobody in the conference hear a channel any more, or (``on`` False) again."""
        with suppress(AmiRefused):  # it has left
            action = "ConfbridgeMute" if on else "ConfbridgeUnmute"
            await self.ami.action(action, Conference=self.room, Channel=channel)

    async def press(self, channel: str, digit: str) -> None:
        """Have Asterisk take it that a digit was pressed on a channel's phone."""
        with suppress(AmiRefused):  # it has just gone
            await self.ami.action("PlayDTMF", Channel=channel, Digit=digit, Receive="true")

    async def hang_up(self, channel: str) -> None:
        """Hang a channel up; nothing happens when it is gone."""
        try:
            await self.ami.action("Hangup", Channel=channel, Cause="16")
        except AmiRefused:
            log.debug("moves.gone_already", channel=channel)
        except AmiError as error:
            log.warning("moves.not_hung_up", channel=channel, error=str(error))
