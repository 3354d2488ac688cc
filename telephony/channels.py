"""Asterisk's channels and phones as they are right now, read over AMI (after a reconnect or a restart)."""

import re
from dataclasses import dataclass
from enum import StrEnum

from calls import SeatId
from telephony.ami import Ami

_SEAT_CHANNEL = re.compile(r"^PJSIP/([0-9]+)-")


@dataclass(frozen=True, slots=True)
class LiveChannel:
    """One row of ``core show channels``."""

    name: str
    unique_id: str
    linked_id: str
    bridge_id: str
    context: str
    extension: str
    application: str
    seconds: float  # since the channel was made
    up: bool = True  # answered


class DeviceState(StrEnum):
    """What a seat's phone is doing; the values are shared words with ``agents``."""

    IDLE = "idle"
    IN_USE = "in_use"
    RINGING = "ringing"
    UNREACHABLE = "unreachable"


# Asterisk's device states (Asterisk docs: Device State) in our words.
_DEVICE_STATES = {
    "NOT_INUSE": DeviceState.IDLE,
    "INUSE": DeviceState.IN_USE,
    "BUSY": DeviceState.IN_USE,
    "ONHOLD": DeviceState.IN_USE,
    "RINGINUSE": DeviceState.RINGING,
    "RINGING": DeviceState.RINGING,
}


def device_state(word: str) -> DeviceState:
    """Return our word for Asterisk's; anything unknown cannot be rung."""
    return _DEVICE_STATES.get(word, DeviceState.UNREACHABLE)


def seat_of_channel(name: str) -> SeatId | None:
    """Return whose phone a channel is (``PJSIP/1001-0000002a``), or None when it is no seat's."""
    found = _SEAT_CHANNEL.match(name)
    return SeatId(found[1]) if found is not None else None


def seat_of_device(name: str) -> SeatId | None:
    """Return whose phone a device is (``PJSIP/1001``), or None when it is no seat's."""
    technology, _, account = name.partition("/")
    return SeatId(account) if technology == "PJSIP" and account.isdigit() else None


def _seconds(clock_text: str) -> float:
    hours, minutes, seconds = ([*clock_text.split(":"), "0", "0", "0"])[:3]
    return float(hours or 0) * 3600 + float(minutes or 0) * 60 + float(seconds or 0)


async def live_channels(ami: Ami) -> dict[str, LiveChannel]:
    """Return all channels by unique id. Raises ``AmiError``."""
    rows = await ami.collect("CoreShowChannels", "CoreShowChannelsComplete")
    return {
        row.get("Uniqueid"): LiveChannel(
            name=row.get("Channel"),
            unique_id=row.get("Uniqueid"),
            linked_id=row.get("Linkedid"),
            bridge_id=row.get("BridgeId"),
            context=row.get("Context"),
            extension=row.get("Exten"),
            application=row.get("Application"),
            seconds=_seconds(row.get("Duration")),
            up=row.get("ChannelStateDesc") == "Up",
        )
        for row in rows
        if row.event == "CoreShowChannel"
    }


async def device_states(ami: Ami) -> dict[str, DeviceState]:
    """Return the state of every device Asterisk knows, by device name (``PJSIP/1001``). Raises ``AmiError``."""
    rows = await ami.collect("DeviceStateList", "DeviceStateListComplete")
    return {row.get("Device"): device_state(row.get("State")) for row in rows if row.event == "DeviceStateChange"}
