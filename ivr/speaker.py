"""Says prompts by name, in the caller's language or the nearest one there is."""

from calls import Language, Line, Sound
from ivr.model import Flow
from ivr.services import PromptPlayer
from ivr.system_prompts import SystemPrompts


class Speaker:
    """The voice of one call: the flow's prompts first, then the system's."""

    def __init__(self, flow: Flow, line: Line, prompts: PromptPlayer, system: SystemPrompts) -> None:
        self._flow, self._line, self._prompts, self._system = flow, line, prompts, system

    async def say(self, name: str, *, interrupt: str = "", language: Language | None = None, **slots: object) -> str:
        """Say a prompt; return the digit of ``interrupt`` that stopped it, or ""."""
        return await self._line.play(await self.sounds(name, language, **slots), interrupt=interrupt)

    async def sounds(self, name: str, language: Language | None = None, **slots: object) -> list[Sound]:
        """Return the sounds of a prompt."""
        wanted = language or self._line.call.language
        spoken = self._flow.prompts.get(name)
        if spoken is None:
            return list(await self._prompts.sounds(name, self._system.text(name, wanted), wanted, **slots))
        for candidate in (wanted, *self._flow.languages):
            text = spoken.in_language(candidate)
            if text is not None:
                return list(await self._prompts.sounds(name, text, candidate, **slots))
        return []
