"""What agents hear in a talk, and callers of a department, as sound files to be recognised."""

from pathlib import Path
from typing import TYPE_CHECKING

from site_under_test import ROOT

from agents.talk_phrases import TALK_PHRASES
from calls import Language
from ivr import SystemPrompts
from ivr.speech import PromptPlayer, PromptStore, Pyttsx3Engine
from simulator import CallLeg

if TYPE_CHECKING:
    from conftest import Site


class Voice:
    """Knows what agents and callers hear, by the prompts' names."""

    def __init__(self, site: "Site") -> None:
        dialplans = site.state / "dialplans"
        self._store = PromptStore(
            ROOT / "var" / "prompts", dialplans / "recordings", Pyttsx3Engine(site.state / "espeak")
        )
        self._system = SystemPrompts.load(dialplans / "prompts.yaml")

    async def wav(self, name: str) -> Path:
        """Return the sound file of a prompt, or of its first words."""
        phrase = TALK_PHRASES.get(name)
        text = self._system.text(name, Language.ZH) if phrase is None else phrase["zh"]
        sounds = await PromptPlayer(self._store).sounds(name, text, Language.ZH, ticket="1")
        return sounds[0].path.with_suffix(".wav")

    async def heard(self, leg: CallLeg, name: str, since: float | None = None) -> float:
        """Return once somebody has heard it: the moment it began."""
        return await leg.hear_prompt(await self.wav(name), 20, since=since, in_parts=True)
