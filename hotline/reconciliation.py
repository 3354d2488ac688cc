"""Every few seconds: does the floor stand as Asterisk's channels and phones say? What two looks find is repaired."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

import structlog

from agents import DeviceState, Floor
from agents.reconcile import Look, Reconciler, SeatChannel
from calls import CallId, SeatId
from telephony.ami import AmiError
from telephony.channels import DeviceState as PhoneState
from telephony.channels import LiveChannel, seat_of_channel

log = structlog.get_logger(__name__)


class Phones(Protocol):
    """What is asked of the switchboard."""

    async def live_channels(self) -> dict[str, LiveChannel]:
        """Return all channels by unique id."""
        ...

    async def seat_states(self) -> dict[SeatId, PhoneState]:
        """Return every seat's phone."""
        ...

    def lost(self, alive: Mapping[str, LiveChannel]) -> set[tuple[CallId, str]]:
        """Return the calls' channels that are gone unheard."""
        ...

    def channel_gone(self, call: CallId, channel: str) -> None:
        """Take it that a channel is gone."""
        ...


class Reconciliation:
    """Looks, and repairs."""

    def __init__(
        self, floor: Floor, phones: Phones, calls: Callable[[], set[CallId]], count: Callable[[str], None]
    ) -> None:
        """``calls`` tells which calls live; ``count`` takes the name of each fault that was repaired."""
        self._floor = floor
        self._phones = phones
        self._calls = calls
        self._count = count
        self._reconciler = Reconciler()
        self._lost_before: set[tuple[CallId, str]] = set()

    async def run(self, every_s: float) -> None:
        """Look every ``every_s`` seconds until cancelled."""
        while True:
            await asyncio.sleep(every_s)
            try:
                await self.look()
            except AmiError as error:
                self._reconciler.forget()
                self._lost_before = set()
                log.info("reconcile.cannot_look", error=str(error))
            except Exception:
                log.exception("reconcile.failed")

    async def look(self) -> int:
        """Look once; return how many things were repaired. Raises ``AmiError`` when Asterisk cannot be asked."""
        alive = await self._phones.live_channels()
        devices = {seat: DeviceState(state.value) for seat, state in (await self._phones.seat_states()).items()}
        repaired = self._end_lost(alive)
        channels = tuple(
            SeatChannel(seat, bridged=bool(channel.bridge_id) or channel.application == "ConfBridge")
            for channel in alive.values()
            if (seat := seat_of_channel(channel.name)) is not None
        )
        self._floor.tick()
        found = self._floor.discrepancies(Look(channels, devices, self._calls()))
        for wrong in self._reconciler.confirmed(found):
            if self._floor.repair(wrong):
                repaired += 1
                self._count(wrong.fault.value)
                log.warning(
                    "floor.repaired", fault=wrong.fault.value, agent=wrong.agent, seat=wrong.seat, call=wrong.call,
                    seen=None if wrong.seen is None else wrong.seen.value,
                )  # fmt: skip
        return repaired

    def _end_lost(self, alive: Mapping[str, LiveChannel]) -> int:
        """End what calls still hold of channels that are gone, when the look before missed them too."""
        lost = self._phones.lost(alive)
        confirmed, self._lost_before = lost & self._lost_before, lost
        for call, channel in sorted(confirmed):
            self._phones.channel_gone(call, channel)
            self._count("channel_gone")
            log.warning("line.channel_gone_unheard", call=call, channel=channel)
        return len(confirmed)
