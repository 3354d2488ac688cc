"""Closing the hotline in an emergency, and opening it again, by telephone."""

from types import MappingProxyType

from ivr.closures import Closure, Closures
from ivr.service_line.phone import Phrases, ServicePhone

_HOUR_S = 3600


class ClosingItem:
    """Key 1: closes everything, for some hours or until it is opened again."""

    offer = "service.closing.offer"
    phrases: Phrases = MappingProxyType(
        {
            "service.closing.offer": {"zh": "紧急停止服务请按1。", "en": "To close the hotline, press 1."},
            "service.closing.hours": {
                "zh": "请输入停止的小时数，按井号键结束。一直停止到手动恢复，请直接按井号键。",
                "en": "Enter for how many hours, then hash. To close it until it is opened again, press hash only.",
            },
            "service.closing.confirm": {
                "zh": "所有来电将不再转人工。确认请按1，取消请按星号键。",
                "en": "No caller will reach an agent. Press 1 to confirm, or star to cancel.",
            },
            "service.closing.done": {"zh": "已停止服务。", "en": "The hotline is closed."},
            "service.closing.cancelled": {"zh": "已取消。", "en": "Cancelled."},
        }
    )

    def __init__(self, closures: Closures) -> None:
        self._closures = closures

    async def serve(self, phone: ServicePhone) -> None:
        """Ask for how long, have it confirmed, close."""
        hours = await phone.ask("service.closing.hours", digits=3)
        if (hours and not hours.isdecimal()) or await phone.ask("service.closing.confirm") != "1":
            await phone.say("service.closing.cancelled")
            return
        now = phone.clock.now()
        until = now + int(hours) * _HOUR_S if hours.isdecimal() and int(hours) else None
        self._closures.close(Closure(now, until, by=phone.who))
        await phone.say("service.closing.done")


class OpeningItem:
    """Key 2: opens everything that was closed."""

    offer = "service.opening.offer"
    phrases: Phrases = MappingProxyType(
        {
            "service.opening.offer": {"zh": "恢复服务请按2。", "en": "To open it again, press 2."},
            "service.opening.done": {"zh": "已恢复服务。", "en": "The hotline is open again."},
            "service.opening.nothing": {"zh": "目前没有停止服务。", "en": "It was not closed."},
        }
    )

    def __init__(self, closures: Closures) -> None:
        self._closures = closures

    async def serve(self, phone: ServicePhone) -> None:
        """Open, and say whether there was anything to open."""
        ended = self._closures.reopen(by=phone.who)
        await phone.say("service.opening.done" if ended else "service.opening.nothing")
