"""Says prompts, named or written in place, in the caller's language or the nearest one there is."""

import hashlib
from collections.abc import Mapping

from calls import Call, Language, Line, Sound
from ivr.model import Flow
from ivr.services import PromptPlayer
from ivr.speech.template import slots as slots_of
from ivr.steps import Spoken
from ivr.system_prompts import SystemPrompts


class Speaker:
    """The voice of one call: the flow's prompts first, then the system's. Marks are filled from what a step gives, then
    from the call's variables."""

    def __init__(self, flow: Flow, line: Line, prompts: PromptPlayer, system: SystemPrompts) -> None:
        self.flow = flow  # whose prompts are said
        self._line, self._prompts, self._system = line, prompts, system

    async def say(
        self, prompt: str | Spoken, *, interrupt: str = "", language: Language | None = None, **slots: object
    ) -> str:
        """Say a prompt; return the digit of ``interrupt`` that stopped it, or ""."""
        return await self._line.play(await self.sounds(prompt, language, **slots), interrupt=interrupt)

    async def sounds(self, prompt: str | Spoken, language: Language | None = None, **slots: object) -> list[Sound]:
        """Return the sounds of a prompt."""
        wanted = language or self._line.call.language
        name = prompt if isinstance(prompt, str) else inline_name(prompt)
        spoken = self.flow.prompts.get(prompt) if isinstance(prompt, str) else prompt
        if spoken is None:
            return await self._sounds(name, self._system.text(name, wanted), wanted, slots)
        for candidate in (wanted, *self.flow.languages):
            text = spoken.in_language(candidate)
            if text is not None:
                return await self._sounds(name, text, candidate, slots)
        return []

    async def _sounds(self, name: str, text: str, language: Language, given: Mapping[str, object]) -> list[Sound]:
        values = {**call_data(self._line.call), **given}
        filled = {slot: values[slot] for slot in slots_of(text) if slot in values}
        return list(await self._prompts.sounds(name, text, language, **filled))


def inline_name(spoken: Spoken) -> str:
    """Return the name under which a text written in place is kept: the same for the same text."""
    written = "\n".join(f"{language.value}:{spoken.in_language(language) or ''}" for language in Language)
    return "text_" + hashlib.sha256(written.encode()).hexdigest()[:10]


def call_data(call: Call) -> dict[str, str]:
    """Return what marks and conditions may speak of: what the flow has learnt, and who called which number."""
    return {**call.variables, "caller": call.caller, "dialled": call.dialled}
