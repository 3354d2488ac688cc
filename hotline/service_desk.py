"""Closing in an emergency and the announcement of the day: their state, the service line by telephone, and the orders
of the command line."""

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog

from calls import CallerHungUp, Clock, Line
from hotline.http import BadOrder, Order
from hotline.settings import Settings
from ivr import Flow, PromptPlayer, SystemPrompts
from ivr.announcement import Announcement, AnnouncementOfTheDay
from ivr.closures import Closure, Closures
from ivr.service_line import (
    AnnouncingItem,
    ClosingItem,
    OpeningItem,
    PinLock,
    ServiceItem,
    ServiceLine,
    load_or_make_pin,
)

log = structlog.get_logger(__name__)

SERVICE_CODE = "*20"  # dialled from any seat
_NUMBER = re.compile(r"\+?[0-9]{1,20}")


class ServiceDesk:
    """What the hotline's own people change while it runs. Raises ``OSError`` when the state folder cannot be used."""

    def __init__(
        self,
        settings: Settings,
        flows: Callable[[], Iterable[Flow]],
        system: Callable[[], SystemPrompts],
        prompts: PromptPlayer,
        clock: Clock,
        *,
        more: Mapping[str, ServiceItem] | None = None,
    ) -> None:
        """``more`` are further items of the service line, by key."""
        self._flows = flows
        self._system = system
        self._clock = clock
        state = settings.state_dir.absolute()
        self._number = settings.service_line.number
        self.closures = Closures(state / "closures.json", clock)
        self.announcement = AnnouncementOfTheDay(state / "announcement", clock)
        items: dict[str, ServiceItem] = {
            "1": ClosingItem(self.closures), "2": OpeningItem(self.closures), "3": AnnouncingItem(self.announcement),
        }  # fmt: skip
        lock = PinLock(load_or_make_pin(settings.service_pin_file))
        self._line = ServiceLine(lock, {**items, **(more or {})}, prompts, clock)

    # -- by telephone ----------------------------------------------------------------------------------------------

    def answers(self, dialled: str) -> bool:
        """Return whether a number that was dialled from outside is the service line's."""
        return bool(self._number) and dialled == self._number

    async def serve(self, line: Line, place: str) -> None:
        """Serve a telephone: a seat's, or ("") one outside."""
        with suppress(CallerHungUp):
            await self._line.serve(line, place)
            await line.hang_up()

    # -- by command ------------------------------------------------------------------------------------------------

    @property
    def orders(self) -> dict[str, Order]:
        """The orders of the control API."""
        return {"close": self._close, "reopen": self._reopen, "announcement": self._announce}

    def status(self) -> dict[str, Any]:
        """Return what is closed, and what callers are told today."""
        return {
            "closed": [_shown(one) for one in self.closures.in_force()],
            "announcement": _told(self.announcement.current),
        }

    def _close(self, told: Mapping[str, Any]) -> dict[str, Any]:
        flow, number = self._where(told)
        until = self._until(told)
        prompt = str(told.get("prompt") or "")
        touched = [one for one in self._flows() if not flow or one.name == flow]
        if prompt and not (prompt in self._system().names or all(prompt in one.prompts for one in touched)):
            names = sorted({*self._system().names, *(name for one in touched for name in one.prompts)})
            raise BadOrder(f"there is no prompt {prompt!r}; there are: {', '.join(names)}")
        closure = Closure(self._clock.now(), until, flow, number, prompt, _by(told))
        self.closures.close(closure)
        return {"closed": _shown(closure)}

    def _reopen(self, told: Mapping[str, Any]) -> dict[str, Any]:
        flow, number = self._where(told)
        ended = self.closures.reopen(flow, number, by=_by(told))
        return {"opened": [_shown(one) for one in ended], "closed": [_shown(one) for one in self.closures.in_force()]}

    async def _announce(self, told: Mapping[str, Any]) -> dict[str, Any]:
        file, until, by = told.get("file"), self._until(told), _by(told)
        if told.get("remove"):
            return {"removed": self.announcement.remove(by), "announcement": None}
        if isinstance(file, str) and file:
            try:
                await self.announcement.take(Path(file), by)
            except ValueError as error:
                raise BadOrder(str(error)) from None
            self.announcement.activate(until, by)
        return {"removed": False, "announcement": _told(self.announcement.current)}

    def _where(self, told: Mapping[str, Any]) -> tuple[str, str]:
        flow, number = str(told.get("flow") or ""), str(told.get("number") or "")
        names = [one.name for one in self._flows()]
        if flow and number:
            raise BadOrder("a flow or a number, not both")
        if flow and flow not in names:
            raise BadOrder(f"there is no flow {flow!r}; there are: {', '.join(names)}")
        if number and not _NUMBER.fullmatch(number):
            raise BadOrder(f"{number!r} is no number: write digits only")
        return flow, number

    def _until(self, told: Mapping[str, Any]) -> float | None:
        until = told.get("until")
        if until is None:
            return None
        if not isinstance(until, int | float) or not self._clock.now() < until < self._clock.now() + 366 * 86400:
            raise BadOrder("until: a moment within the coming year, please")
        return float(until)


def _by(told: Mapping[str, Any]) -> str:
    return str(told.get("by") or "control API")[:60]


def _shown(closure: Closure) -> dict[str, Any]:
    return {
        "what": closure.what, "flow": closure.flow, "number": closure.number, "since": closure.since,
        "until": closure.until, "prompt": closure.prompt, "by": closure.by,
    }  # fmt: skip


def _told(current: Announcement | None) -> dict[str, Any] | None:
    if current is None:
        return None
    return {"seconds": current.seconds, "since": current.since, "until": current.until, "by": current.by}
