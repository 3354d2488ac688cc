"""What the system says by itself (``dialplans/prompts.yaml``): the place in line, goodbye, a ticket's state, …"""

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, ValidationError

from calls import Language
from ivr.mistakes import FlowErrors
from ivr.source import Source, read_source
from ivr.speech.template import slots
from ivr.steps import Name, Spoken, Strict
from ivr.wording import worded

ANNOUNCEMENT = "announcement"
"""The prompt by which flows say the announcement of the day (``ivr.announcement``); it has a recording only."""

# Every prompt that the code itself says, with the marks it fills.
NEEDED: Mapping[str, frozenset[str]] = {
    "queue_place": frozenset({"place"}),
    "connecting": frozenset(),
    "recording_notice": frozenset(),
    "queue_place_wait": frozenset({"place", "wait"}),
    "closed_now": frozenset(),
    "all_lines_busy": frozenset(),
    "fault": frozenset(),
    "goodbye": frozenset(),
    "no_input": frozenset(),
    "no_match": frozenset(),
    "voicemail_intro": frozenset(),
    "message_saved": frozenset(),
    "mailbox_full": frozenset(),
    "ticket_found": frozenset({"ticket", "state"}),
    "ticket_not_found": frozenset(),
    "ticket_phone": frozenset(),
    "ticket_locked": frozenset(),
    "department_failed": frozenset(),
    "department_closed": frozenset(),
    "department_busy": frozenset(),
    "department_ticket": frozenset({"ticket"}),
    "confirm_digits": frozenset({"digits"}),
    "pin_wrong": frozenset(),
    "pin_locked": frozenset(),
    "message_review": frozenset(),
    "message_review_last": frozenset(),
    "no_message_heard": frozenset(),
    "callback_offer": frozenset({"key"}),
    "callback_proposed": frozenset(),
    "callback_confirm": frozenset({"number"}),
    "callback_ask_number": frozenset(),
    "callback_not_possible": frozenset(),
    "callback_not_taken": frozenset(),
    "callback_promised": frozenset(),
    "callback_greeting": frozenset(),
}


class _File(Strict):
    prompts: dict[Name, Spoken]
    states: dict[Name, Spoken] = Field(min_length=1)


class SystemPrompts:
    """The system's prompts; complete in every language when made."""

    def __init__(self, prompts: Mapping[str, Spoken], states: Mapping[str, Spoken]) -> None:
        self._prompts, self._states = dict(prompts), dict(states)

    @classmethod
    def load(cls, path: Path) -> "SystemPrompts":
        """Return the prompts of a file; raises ``FlowErrors`` with every mistake found."""
        source = read_source(path)
        try:
            file = _File.model_validate(source.tree)
        except ValidationError as error:
            raise FlowErrors(list(worded(source, error, _File))) from error
        cls._complete(file, source)
        return cls(file.prompts, file.states)

    @staticmethod
    def _complete(file: _File, source: Source) -> None:
        mistakes = [
            source.mistake(("prompts",), f"the prompt {name!r} is missing", f"add '{name}:' with zh and en")
            for name in NEEDED
            if name not in file.prompts
        ]
        for part, group in (("prompts", file.prompts), ("states", file.states)):
            for name, spoken in group.items():
                for language in Language:
                    text = spoken.in_language(language)
                    if not text:
                        mistakes.append(source.mistake((part, name), f"has no text in {language.value!r}", "add it"))
                        continue
                    try:
                        odd = set(slots(text)) - NEEDED.get(name, frozenset())
                    except ValueError as error:
                        mistakes.append(source.mistake((part, name, language.value), str(error)))
                        continue
                    mistakes += [
                        source.mistake(
                            (part, name, language.value), f"nothing fills {{{slot}}} here", "remove the mark"
                        )
                        for slot in sorted(odd)
                    ]
        if mistakes:
            raise FlowErrors(mistakes)

    @property
    def names(self) -> frozenset[str]:
        """Prompts that flows may say, too: those without marks."""
        return frozenset(name for name in self._prompts if not NEEDED.get(name)) | {ANNOUNCEMENT}

    def text(self, name: str, language: Language) -> str:
        """Return a prompt's text; raises ``KeyError`` for an unknown name. The announcement of the day has none."""
        if name == ANNOUNCEMENT:
            return ""
        return self._prompts[name].in_language(language) or ""

    def state(self, key: str, language: Language) -> str:
        """Return how a ticket's state is said; the key itself where the file has no words for it."""
        spoken = self._states.get(key)
        return (spoken.in_language(language) if spoken else None) or key

    def all_texts(self) -> list[tuple[str, Language, str]]:
        """Return (name, language, text) of everything, to be rendered ahead."""
        return [(name, language, self.text(name, language)) for name in self._prompts for language in Language]

    def known_texts(self) -> list[tuple[Language, str]]:
        """Return what marks of the kind ``text`` can be filled with: the states' words."""
        return [(language, self.state(key, language)) for key in self._states for language in Language]
