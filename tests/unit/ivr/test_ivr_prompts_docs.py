"""docs/prompts.md: what its table says of marks is what is said."""

import re
from pathlib import Path

import pytest

from calls import Language
from ivr.speech.say import Kind
from ivr.speech.template import Literal, parse

PAGE = (Path(__file__).parents[3] / "docs" / "prompts.md").read_text(encoding="utf-8")
_ROW = re.compile(r"^\| `(\{[^`]*¦[^`]*\})`(?:[^|,]*)\| ([^|]+?) \| ([^|]+?) \|$", re.MULTILINE)
ROWS = _ROW.findall(PAGE.replace("\\|", "¦"))


def words(mark: str, language: Language) -> str:
    (part,) = parse("example", mark, language)
    assert isinstance(part, Literal)
    return part.text


def test_every_kind_stands_in_the_table_once() -> None:
    shown = [mark.strip("{}").partition("¦")[2] for mark, _, _ in ROWS]
    assert sorted(shown) == sorted(set(Kind) - {Kind.TEXT})


@pytest.mark.parametrize(("mark", "zh", "en"), ROWS)
def test_a_mark_is_said_as_the_page_says(mark: str, zh: str, en: str) -> None:
    mark = mark.replace("¦", "|")
    assert words(mark, Language.ZH) == zh.replace(" ", "")
    assert words(mark, Language.EN).startswith(en.partition(" …")[0])
