"""Recording a prompt on the service line: its number, its language, and then as in the studio."""

from typing import ClassVar

from calls import Language
from ivr.catalogue import Prompt, Text
from ivr.service_line import Phrases, ServicePhone
from ivr.studio import PHRASES, Studio

_NUMBER_DIGITS = 5  # four, and the # that ends them
_TRIES = 3


def studio_texts() -> list[Text]:
    """Return everything that is said while prompts are recorded, to be rendered ahead."""
    said = {**PHRASES, **RecordingItem.phrases}
    return [(name, Language(language), text) for name, texts in said.items() for language, text in texts.items()]


class RecordingItem:
    """A key of the service line's menu: record a prompt by its number (``hotline prompts list`` shows it)."""

    offer = "service.recording.offer"
    phrases: ClassVar[Phrases] = {
        "service.recording.offer": {"zh": "录制提示音请按4。", "en": "To record a prompt, press 4."},
        "service.recording.ask_number": {
            "zh": "请输入提示音编号，按井号键结束。返回请按星号键。",
            "en": "Enter the number of the prompt, then hash. To go back, press star.",
        },
        "service.recording.unknown": {"zh": "没有这个编号。", "en": "There is no such number."},
        "service.recording.ask_language": {
            "zh": "中文请按1，英文请按2。",
            "en": "For Mandarin, press 1. For English, press 2.",
        },
    }

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    async def serve(self, phone: ServicePhone) -> None:
        """Have one recorded; returns to the menu. Raises ``CallerHungUp``, and then nothing is changed."""
        for _ in range(_TRIES):
            number = await phone.ask("service.recording.ask_number", digits=_NUMBER_DIGITS)
            if not number or "*" in number:
                return
            prompt = await self._chosen(phone, number)
            if prompt is not None:
                await self._studio.record(phone.line, prompt, phone.who)
                return
            await phone.say("service.recording.unknown")

    async def _chosen(self, phone: ServicePhone, number: str) -> Prompt | None:
        """Return the prompt of a number, in the language that is asked for where there are several."""
        try:
            languages = self._studio.languages(number)
            language = languages[0]
            if len(languages) > 1 and await phone.ask("service.recording.ask_language") == "2":
                language = languages[1]
            return self._studio.find(number, language)
        except LookupError:
            return None
