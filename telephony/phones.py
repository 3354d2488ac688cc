"""The seats' phones: what each is doing, whether it is there, and where it is rung.

Asterisk looks after every registered phone (OPTIONS) and rings none that does not answer. Some phones never answer
OPTIONS, though they are there; so silence counts only for a phone that has answered since it registered. Any other is
taken to be there for as long as its registration lasts, and is rung at its own address, which Asterisk allows. Which
phones have answered is kept in Asterisk's database: it outlives the service. When many fall silent at once that is
doubted for a while (``telephony.silence``).
"""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from calls import Clock, SeatId
from calls.identity import Address
from telephony.ami import Ami, AmiError, AmiRefused
from telephony.ami_framing import AmiMessage
from telephony.channels import DeviceState, device_state, device_states, seat_of_device
from telephony.silence import Silence

log = structlog.get_logger(__name__)

_FAMILY = "hotline-phones"  # in Asterisk's database: seat -> the address that has answered
_DIALLABLE = re.compile(r"sips?:[\w.:@\[\];=+%~*#-]+", re.ASCII)  # nothing that AGI or Dial would take as theirs


class SeatWatcher(Protocol):
    """Who wants to know what the seats' phones do."""

    def __call__(self, seat: SeatId, state: DeviceState) -> None:
        """Take a seat's new state."""
        ...


@dataclass(slots=True)
class _Phone:
    told: DeviceState = DeviceState.UNREACHABLE  # by Asterisk
    contacts: dict[str, bool] = field(default_factory=dict)  # where it is registered -> whether OPTIONS were answered
    dials: int = 0  # lines by which it has called us, and that are being served

    @property
    def unproven(self) -> str:
        """Where it is registered without ever having answered; "" when there is no such place."""
        return "" if any(self.contacts.values()) else self.latest

    @property
    def latest(self) -> str:
        """Where it registered last; "" when it is registered nowhere."""
        return next(reversed(self.contacts), "")


class Phones:
    """What is known of every seat's phone."""

    def __init__(self, ami: Ami, on_state: SeatWatcher, clock: Clock) -> None:
        self._ami = ami
        self._on_state = on_state
        self._clock = clock
        self._silence = Silence()
        self._second_looks: dict[SeatId, asyncio.TimerHandle] = {}
        self._phones: dict[SeatId, _Phone] = {}
        self._answered: dict[str, str] = {}  # what is in Asterisk's database
        self._tasks: set[asyncio.Task[None]] = set()

    def address(self, seat: SeatId) -> Address:
        """Return where a seat's phone can be rung."""
        phone = self._phones.get(seat)
        contact = self._though_silent(seat, phone) if phone and phone.told is DeviceState.UNREACHABLE else ""
        return Address(f"PJSIP/{seat}/{contact}" if _DIALLABLE.fullmatch(contact) else f"PJSIP/{seat}")

    def on_event(self, event: AmiMessage) -> None:
        """Take a DeviceStateChange or a ContactStatus; what is neither, or no seat's, changes nothing."""
        if event.event == "DeviceStateChange":
            self._told(event.get("Device"), device_state(event.get("State")))
        elif event.event == "ContactStatus" and (seat := SeatId(event.get("AOR"))).isdigit():
            self._contact(seat, event.get("URI"), event.get("ContactStatus"))
            if event.get("ContactStatus") == "Unreachable" and not self._phones[seat].unproven:
                self._fell_silent(seat)
            self._tell(seat)

    async def resync(self) -> None:
        """Read everything anew and tell every phone's state. Raises ``AmiError``."""
        self._answered = await self._remembered()
        for phone in self._phones.values():
            phone.contacts.clear()
        for seat, contact, status in await self._contacts():
            self._contact(seat, contact, status)
        for device, state in (await device_states(self._ami)).items():
            self._told(device, state)

    async def states(self) -> dict[SeatId, DeviceState]:
        """Return the state of every phone as it is now. Raises ``AmiError``."""
        return {
            seat: self._really(seat, self._phones.get(seat, _Phone()), told)
            for device, told in (await device_states(self._ami)).items()
            if (seat := seat_of_device(device)) is not None
        }

    @contextmanager
    def has_dialled(self, seat: SeatId) -> Iterator[None]:
        """A seat's phone has called us, and is in use while it is served: Asterisk may tell so only after an agent has
        said by code to be ready, who would then be rung on a phone that is not free."""
        phone = self._phones.setdefault(seat, _Phone())
        phone.dials += 1
        self._tell(seat)
        try:
            yield
        finally:
            phone.dials -= 1
            self._tell(seat)

    async def close(self) -> None:
        """Stop writing to Asterisk's database, and looking again."""
        for look in self._second_looks.values():
            look.cancel()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _told(self, device: str, state: DeviceState) -> None:
        seat = seat_of_device(device)
        if seat is not None:
            self._phones.setdefault(seat, _Phone()).told = state
            self._tell(seat)

    def _tell(self, seat: SeatId) -> None:
        phone = self._phones[seat]
        self._on_state(seat, self._really(seat, phone, phone.told))

    def _really(self, seat: SeatId, phone: _Phone, told: DeviceState) -> DeviceState:
        """Return a phone's state where Asterisk tells ``told``."""
        silent = told is DeviceState.UNREACHABLE
        state = DeviceState.IDLE if silent and self._though_silent(seat, phone) else told
        return DeviceState.IN_USE if state is DeviceState.IDLE and phone.dials else state

    def _though_silent(self, seat: SeatId, phone: _Phone) -> str:
        """Return where a phone that does not answer is rung all the same; "" when it is not."""
        return phone.latest if self._silence.is_doubted(seat, self._clock.monotonic()) else phone.unproven

    def _fell_silent(self, seat: SeatId) -> None:
        """A phone that used to answer does not. When that makes too many, take back what was told of the others."""
        registered = sum(1 for phone in self._phones.values() if phone.contacts)
        begins = self._silence.falls(seat, registered, self._clock.monotonic())
        patience_s = self._silence.policy.patience_s
        self._forget_second_look(seat)
        self._second_looks[seat] = asyncio.get_running_loop().call_later(patience_s, self._tell, seat)
        if begins:
            silent = self._silence.silent()
            log.warning("phones.many_silent", silent=len(silent), registered=registered, doubted_s=patience_s)
            for other in silent:
                self._tell(other)

    def _forget_second_look(self, seat: SeatId) -> None:
        if (look := self._second_looks.pop(seat, None)) is not None:
            look.cancel()

    def _contact(self, seat: SeatId, address: str, status: str) -> None:
        """Take what Asterisk says of one place where a seat's phone is registered."""
        phone = self._phones.setdefault(seat, _Phone())
        contacts = phone.contacts
        before = contacts.get(address, self._answered.get(seat) == address)
        if status in ("Removed", "Reachable"):
            self._silence.ends(seat)
            self._forget_second_look(seat)
        if status == "Removed":
            contacts.pop(address, None)
            if self._answered.get(seat) == address:
                self._keep(seat, "")
            return
        contacts[address] = before or status == "Reachable"
        if status == "Reachable" and phone.told is DeviceState.UNREACHABLE:
            phone.told = DeviceState.IDLE  # Asterisk tells the device's own state some ms later
        if status == "Reachable" and self._answered.get(seat) != address:
            self._keep(seat, address)
        elif status == "Unreachable" and not contacts[address]:
            log.info("phone.never_answers_options", seat=seat)

    def _keep(self, seat: SeatId, address: str) -> None:
        """Write down that the phone at ``address`` answers ("": that the one which did is gone)."""
        self._answered[seat] = address
        task = asyncio.create_task(self._write(seat), name=f"phone {seat}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _write(self, seat: SeatId) -> None:
        address = self._answered[seat]  # the latest: several may be on their way
        try:
            if address:
                await self._ami.action("DBPut", Family=_FAMILY, Key=seat, Val=address)
            else:
                with suppress(AmiRefused):  # it is not there
                    await self._ami.action("DBDel", Family=_FAMILY, Key=seat)
        except (AmiError, ValueError) as error:
            log.warning("phone.not_kept", seat=seat, error=str(error))

    async def _remembered(self) -> dict[str, str]:
        rows = []
        with suppress(AmiRefused):  # there is none yet
            rows = await self._ami.collect("DBGetTree", "DBGetTreeComplete", Family=_FAMILY)
        return {row.get("Key").rpartition("/")[2]: row.get("Val") for row in rows}

    async def _contacts(self) -> list[tuple[SeatId, str, str]]:
        rows = []
        with suppress(AmiRefused):  # nobody is registered
            rows = await self._ami.collect("PJSIPShowContacts", "ContactListComplete")
        found = ((row.get("ObjectName").partition(";")[0], row) for row in rows)
        return [(SeatId(seat), row.get("Uri"), row.get("Status")) for seat, row in found if seat.isdigit()]
