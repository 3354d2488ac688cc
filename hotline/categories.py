"""``categories.yaml``: the tree of what tickets are about, each category under a code of its own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationError

from agents import Directory
from ivr import FlowErrors
from ivr.key_help import help_of
from ivr.mistakes import FlowMistake
from ivr.schema import schema_of
from ivr.source import Place, Source, did_you_mean, read_source
from ivr.steps import Strict
from ivr.wording import worded

CATEGORIES = "categories.yaml"
_MOST_DEEP = 4


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Code = Annotated[str, BeforeValidator(_as_text), Field(pattern=r"^[0-9A-Za-z]{1,20}$")]


class Category(Strict):
    """A category of tickets."""

    zh: str = Field(min_length=1, max_length=60)
    en: str = Field(min_length=1, max_length=100)
    department: str = ""  # the department of directory.yaml that mostly gets such tickets
    hotline: bool = False  # complaints under it, or inside it, are about the hotline's own service
    inside: dict[Code, "Category"] = Field(default_factory=dict)  # finer categories, each under a code of its own


class Categories(Strict):
    """What tickets are about: a tree."""

    version: Literal[1] = 1  # the version of this form: 1
    categories: dict[Code, Category] = Field(min_length=1)  # the coarsest, each under a code of its own


@dataclass(frozen=True, slots=True)
class Placed:
    """A category in its place. ``path`` names its parents' codes, the coarsest first, and its own at the end."""

    code: str
    zh: str
    en: str
    department: str
    path: tuple[str, ...]
    hotline: bool = False


class CategoryTree:
    """All categories, by code; without any, tickets have none."""

    def __init__(self, placed: Mapping[str, Placed]) -> None:
        self.placed = dict(placed)

    @property
    def codes(self) -> frozenset[str]:
        """All codes there are."""
        return frozenset(self.placed)

    def within(self, code: str) -> frozenset[str]:
        """Return a code with all that are inside it."""
        return frozenset(one.code for one in self.placed.values() if code in one.path)

    @property
    def of_the_service(self) -> frozenset[str]:
        """The codes whose complaints are about the hotline's own service, with all that are inside them."""
        return frozenset(code for one in self.placed.values() if one.hotline for code in self.within(one.code))

    def named(self, text: str) -> str | None:
        """Return the code that a text means: a code, or a name that only one category has; None: there is none."""
        if text in self.placed:
            return text
        found = [one.code for one in self.placed.values() if text.strip().lower() in (one.zh.lower(), one.en.lower())]
        return found[0] if len(found) == 1 else None


def load_categories(path: Path) -> CategoryTree:
    """Return the tree in a file, an empty one when there is no file; raises ``FlowErrors`` with every mistake."""
    return looked_through(path, None)[0]


def looked_through(path: Path, directory: Directory | None) -> tuple[CategoryTree, list[FlowMistake]]:
    """Return the tree, and what is doubtful: departments that the directory does not have. Raises ``FlowErrors``."""
    if not path.exists():
        return CategoryTree({}), []
    source = read_source(path)
    try:
        tree = Categories.model_validate(source.tree)
    except ValidationError as error:
        raise FlowErrors(list(worded(source, error, Categories))) from error
    placed = list(_flat(tree.categories, ("categories",), ()))
    if mistakes := list(_mistakes(source, placed)):
        raise FlowErrors(mistakes)
    doubts = [] if directory is None else list(_doubts(source, placed, directory))
    return CategoryTree({one.code: one for one, _ in placed}), doubts


def categories_schema() -> dict[str, object]:
    """Return the JSON Schema of ``categories.yaml``."""
    return schema_of(Categories, help_of, "What tickets are about")


def _flat(inside: Mapping[str, Category], place: Place, above: tuple[str, ...]) -> Iterator[tuple[Placed, Place]]:
    for code, one in inside.items():
        here = (*place, code)
        yield Placed(code, one.zh, one.en, one.department, (*above, code), one.hotline), here
        yield from _flat(one.inside, (*here, "inside"), (*above, code))


def _mistakes(source: Source, placed: list[tuple[Placed, Place]]) -> Iterator[FlowMistake]:
    seen: set[str] = set()
    for one, place in placed:
        if one.code in seen:
            yield source.mistake(place, f"the code {one.code} is there twice", "give one of them another code")
        seen.add(one.code)
        if len(one.path) > _MOST_DEEP:
            yield source.mistake(place, f"is more than {_MOST_DEEP} deep", "put it further up")


def _doubts(source: Source, placed: list[tuple[Placed, Place]], directory: Directory) -> Iterator[FlowMistake]:
    for one, place in placed:
        if one.department and one.department not in directory.departments:
            remedy = did_you_mean(one.department, directory.departments, "name a key under 'departments:' there")
            yield source.mistake((*place, "department"), f"{one.department!r} is not in directory.yaml", remedy)
