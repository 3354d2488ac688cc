"""The service line's way: PIN, then a menu of items, until whoever is at the telephone hangs up."""

from collections.abc import Mapping

import structlog

from calls import Clock, Line
from ivr.service_line.phone import Phrases, ServiceItem, ServicePhone
from ivr.service_line.pin import DIGITS, PinLock
from ivr.services import PromptPlayer

log = structlog.get_logger(__name__)

PHRASES: Phrases = {
    "service.ask_pin": {"zh": "请输入服务密码，按井号键结束。", "en": "Enter the service PIN, then hash."},
    "service.wrong_pin": {"zh": "密码不正确。", "en": "That PIN is wrong."},
    "service.locked": {
        "zh": "密码错误次数过多，请十五分钟后再试。",
        "en": "Too many wrong PINs. Try again in fifteen minutes.",
    },
    "service.bye": {"zh": "再见。", "en": "Goodbye."},
    "service.no_such_key": {"zh": "没有这个选项。", "en": "There is no such choice."},
    "service.failed": {"zh": "操作失败，没有任何改变。", "en": "That failed. Nothing was changed."},
}
_PIN_TRIES = 3  # on one call
_SILENT = 3  # times that nothing is pressed, then it is hung up
_MOST_ITEMS = 50  # of one call


class ServiceLine:
    """Serves the telephones of those who know the PIN. ``items`` maps a key to what it does."""

    def __init__(self, lock: PinLock, items: Mapping[str, ServiceItem], prompts: PromptPlayer, clock: Clock) -> None:
        self._lock = lock
        self._items = dict(items)
        self._prompts = prompts
        self._clock = clock
        self._phrases: dict[str, Mapping[str, str]] = dict(PHRASES)
        for item in items.values():
            self._phrases |= item.phrases

    async def serve(self, line: Line, place: str) -> None:
        """Serve one telephone; ``place`` is a seat, or "" for anybody outside. Raises ``CallerHungUp``."""
        await line.answer()
        who = f"seat {place}" if place else "service line"
        phone = ServicePhone(line, self._prompts, self._phrases, self._clock, who)
        if await self._admitted(phone, place):
            log.info("service_line.entered", who=who)
            await self._menu(phone)
            await phone.say("service.bye")

    async def _admitted(self, phone: ServicePhone, place: str) -> bool:
        for _ in range(_PIN_TRIES):
            if self._lock.locked(place, self._clock.now()):
                log.warning("service_line.locked", who=phone.who)
                await phone.say("service.locked")
                return False
            pin = await phone.ask("service.ask_pin", digits=DIGITS + 1)
            if self._lock.locked(place, self._clock.now()):
                continue  # somebody else guessed meanwhile
            if pin and self._lock.check(place, pin, self._clock.now()):
                return True
            if pin:
                log.warning("service_line.wrong_pin", who=phone.who)
                await phone.say("service.wrong_pin")
        return False

    async def _menu(self, phone: ServicePhone) -> None:
        offers = [item.offer for _, item in sorted(self._items.items())]
        silent = 0
        for _ in range(_MOST_ITEMS):
            key = await phone.ask(*offers)
            item = self._items.get(key)
            if item is not None:
                silent = 0
                await self._do(item, phone)
            elif not key:
                silent += 1
                if silent >= _SILENT:
                    return
            elif key != "*":
                await phone.say("service.no_such_key")

    @staticmethod
    async def _do(item: ServiceItem, phone: ServicePhone) -> None:
        """Do what was chosen; what cannot be written or read is told, and costs nobody the line."""
        try:
            await item.serve(phone)
        except (OSError, ValueError) as error:
            log.exception("service_line.failed", item=item.offer, error=str(error))
            await phone.say("service.failed")
