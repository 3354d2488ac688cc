"""What the store deals in: a prompt to be had as a file, and what became of preparing some."""

from dataclasses import dataclass, field
from typing import NamedTuple

from calls import Language


class Item(NamedTuple):
    """A prompt to be had as a file: its name (for recordings), language and text (for speech).

    ``flow:name`` is the prompt of one flow: it may have a recording of its own, beside that of all prompts of the name.
    """

    name: str
    language: Language
    text: str

    @property
    def plain(self) -> str:
        """The name without the flow."""
        return plain_name(self.name)


def plain_name(name: str) -> str:
    """Return a prompt's name without the flow it belongs to."""
    return name.rpartition(":")[2]


@dataclass(slots=True)
class PrepareReport:
    """What ``prepare`` did, in numbers of distinct prompts; ``failed`` says of each failed item why."""

    rendered: int = 0
    cached: int = 0
    recorded: int = 0
    failed: list[tuple[Item, str]] = field(default_factory=list)
