"""The announcement of the day by telephone: record, listen, record again, activate, remove."""

from types import MappingProxyType

from ivr.announcement import LONGEST_S, AnnouncementOfTheDay
from ivr.service_line.phone import Phrases, ServicePhone

_HOUR_S = 3600
_MOST = 30  # things done with it in one call
_SILENT = 3  # times that nothing is pressed, then it is back to the first menu


class AnnouncingItem:
    """Key 3: what callers hear first, today."""

    offer = "service.announcing.offer"
    phrases: Phrases = MappingProxyType(
        {
            "service.announcing.offer": {
                "zh": "录制当日公告请按3。",
                "en": "For the announcement of the day, press 3.",
            },
            "service.announcing.menu": {
                "zh": "试听请按1，录音请按2，启用录音请按3，撤下公告请按4，返回请按星号键。",
                "en": "To listen, press 1. To record, 2. To let callers hear it, 3. To remove it, 4. To go back, star.",
            },
            "service.announcing.speak": {
                "zh": "请在提示音后录音，结束请按井号键。",
                "en": "Speak after the tone, and press hash to finish.",
            },
            "service.announcing.too_short": {
                "zh": "没有录到声音，请重新录制。",
                "en": "Nothing was recorded. Please record again.",
            },
            "service.announcing.recorded": {
                "zh": "已录制，尚未启用。",
                "en": "It is recorded. Callers do not hear it yet.",
            },
            "service.announcing.hours": {
                "zh": "请输入有效的小时数，按井号键结束。长期有效请直接按井号键。",
                "en": "Enter for how many hours it is to be heard, then hash. For no limit, press hash only.",
            },
            "service.announcing.active": {"zh": "公告已启用。", "en": "Callers hear it from now on."},
            "service.announcing.none": {"zh": "没有录音。", "en": "There is no recording."},
            "service.announcing.removed": {"zh": "公告已撤下。", "en": "The announcement is removed."},
        }
    )

    def __init__(self, announcement: AnnouncementOfTheDay) -> None:
        self._announcement = announcement

    async def serve(self, phone: ServicePhone) -> None:
        """Do what is wanted with it, until star."""
        silent = 0
        for _ in range(_MOST):
            key = await phone.ask("service.announcing.menu")
            silent = 0 if key else silent + 1
            if silent >= _SILENT:
                return
            match key:
                case "1":
                    await self._listen(phone)
                case "2":
                    await self._record(phone)
                case "3":
                    await self._activate(phone)
                case "4":
                    removed = self._announcement.remove(phone.who)
                    await phone.say("service.announcing.removed" if removed else "service.announcing.none")
                case "*":
                    return
                case "":
                    continue
                case _:
                    await phone.say("service.no_such_key")

    async def _listen(self, phone: ServicePhone) -> None:
        kept = self._announcement
        sound = kept.sound(kept.draft) or kept.sound(kept.current)
        if sound is None:
            await phone.say("service.announcing.none")
        else:
            await phone.play(sound)

    async def _record(self, phone: ServicePhone) -> None:
        await phone.say("service.announcing.speak")
        recorded = await phone.record(self._announcement.new_recording(), LONGEST_S)
        try:
            await self._announcement.take(recorded.path, phone.who)
        except ValueError:
            await phone.say("service.announcing.too_short")
            return
        finally:
            recorded.path.unlink(missing_ok=True)
        await phone.say("service.announcing.recorded")

    async def _activate(self, phone: ServicePhone) -> None:
        if self._announcement.draft is None:
            await phone.say("service.announcing.none")
            return
        hours = await phone.ask("service.announcing.hours", digits=3)
        until = phone.clock.now() + int(hours) * _HOUR_S if hours.isdecimal() and int(hours) else None
        self._announcement.activate(until, phone.who)
        await phone.say("service.announcing.active")
