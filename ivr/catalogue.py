"""The catalogue: everything that callers and seats can hear, one entry for each thing that can be recorded.

A prompt that several flows name alike and say alike is one entry; where their texts differ, each is named with its
flow (``housing:greeting``). A prompt with values in it has an entry for each part between them (``queue_place.1``).
"""

import difflib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from calls import Language
from ivr.book import spoken_in
from ivr.model import Flow
from ivr.speech.items import Item, plain_name
from ivr.speech.template import Literal, Slot, parse
from ivr.system_prompts import SystemPrompts

SYSTEM, SEATS = "system", "seats"
_FIRST_NUMBER, _NUMBERS = 1000, 9000

Text = tuple[str, Language, str]
"""Name, language, text with marks."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing that can be recorded, in one language.

    ``whole`` is the text of the prompt that it is (a part of), marks and all; ``items`` are what the store calls it.
    """

    name: str
    number: int
    language: Language
    text: str
    whole: str
    part_of: str
    used_in: tuple[str, ...]  # flows by name, "system" (prompts.yaml), "seats"
    items: tuple[Item, ...]


class Catalogue:
    """All prompts of some flows, of the system and of the seats."""

    def __init__(self, flows: Iterable[Flow], system: SystemPrompts, phrases: Iterable[Text]) -> None:
        """``phrases`` are what seats hear. Raises ``ValueError`` on a text whose marks are wrong."""
        found = [
            (flow.name, (f"{flow.name}:{name}", language, text))
            for flow in flows
            for name, spoken in spoken_in(flow)
            for language in Language
            if (text := spoken.in_language(language)) is not None
        ]
        found += [(SYSTEM, text) for text in system.all_texts()]
        found += [(SEATS, text) for text in phrases]
        self.texts: Sequence[Text] = [text for _, text in found]
        """Every text, with the names that the store knows: to be rendered ahead."""
        self.known = system.known_texts()
        self.prompts: Sequence[Prompt] = _entries(found)

    def find(self, word: str, language: Language | None = None) -> list[Prompt]:
        """Return the prompts of a name or number: its languages (or that one), its parts. Raises ``LookupError`` naming
        what is near."""
        mine = [p for p in self.prompts if word in (p.name, p.part_of, str(p.number))]
        if not mine:
            several = sorted({p.name for p in self.prompts if plain_name(p.name) == word})
            if several:
                raise LookupError(f"flows say {word!r} differently: name one of {', '.join(several)}")
            near = difflib.get_close_matches(word, [*{p.name for p in self.prompts}], n=3, cutoff=0.5)
            remedy = f"did you mean {' or '.join(near)}?" if near else "see: hotline prompts list"
            raise LookupError(f"there is no prompt {word!r} ({remedy})")
        chosen = [p for p in mine if language in (None, p.language)]
        if not chosen and language is not None:
            raise LookupError(f"the prompt {word!r} has no text in {language.value!r}")
        return chosen

    def one(self, word: str, language: Language) -> Prompt:
        """Return the one thing to be recorded under a name or number. Raises ``LookupError``."""
        found = self.find(word, language)
        if len(found) > 1:
            parts = ", ".join(p.name for p in found)
            raise LookupError(f"the prompt {word!r} has values in it: its parts are recorded one by one: {parts}")
        return found[0]

    def whole(self, word: str, language: Language) -> Text:
        """Return the name, language and whole text of a prompt, to be played. Raises ``LookupError``."""
        prompt = self.find(word, language)[0]
        if word in (prompt.name, str(prompt.number)):
            return prompt.items[0].name, language, prompt.text
        return prompt.items[0].name.rpartition(".")[0], language, prompt.whole

    @cached_property
    def items(self) -> frozenset[Item]:
        """Every item of every prompt (not the pieces that values are said in)."""
        return frozenset(item for prompt in self.prompts for item in prompt.items)


def _entries(found: Sequence[tuple[str, Text]]) -> list[Prompt]:
    differing = _said_differently(found)
    entries: dict[tuple[str, Language], list[tuple[str, Item, Text]]] = {}
    for used_in, (name, language, text) in found:
        parts = parse(name, text, language)
        shown = name if plain_name(name) in differing else plain_name(name)
        for part in parts:
            if isinstance(part, Literal):
                key = (shown + part.name.removeprefix(name), language)
                entries.setdefault(key, []).append(
                    (used_in, Item(part.name, language, part.text), (shown, language, text))
                )
    numbers = _numbers(name for name, _ in entries)
    return [
        Prompt(
            name, numbers[name], language, said[0][1].text, said[0][2][2], said[0][2][0],
            tuple(dict.fromkeys(used_in for used_in, _, _ in said)), tuple(item for _, item, _ in said),
        )
        for (name, language), said in entries.items()
    ]  # fmt: skip


def _said_differently(found: Sequence[tuple[str, Text]]) -> set[str]:
    texts: dict[tuple[str, Language], set[str]] = {}
    for _, (name, language, text) in found:
        texts.setdefault((plain_name(name), language), set()).add(text)
    return {name for (name, _), said in texts.items() if len(said) > 1}


def _numbers(names: Iterable[str]) -> dict[str, int]:
    """Return a number of four digits for each name: the same everywhere and, but for rare neighbours, for ever."""
    taken: dict[int, str] = {}
    for name in sorted(set(names)):
        number = zlib.crc32(name.encode()) % _NUMBERS
        while number in taken:
            number = (number + 1) % _NUMBERS
        taken[number] = name
    return {name: _FIRST_NUMBER + number for number, name in taken.items()}


def has_values(text: str) -> bool:
    """Whether a text has slots that are filled in while speaking. Raises ``ValueError``."""
    return any(isinstance(part, Slot) for part in parse("text", text))
