"""A directory without mistakes is read by libyaml, which must understand every value as the reader with places does."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from agents import DirectoryError, loader

ROOT = Path(__file__).resolve().parents[3]
_VALUES = (
    "22:00", "on", "off", "yes", "no", "true", "False", "~", "null", "010", "0o14", "0x1f", "1e3", "12e03", ".5", "+3",
    "1_000", "2026-10-01", "08:30-17:00", "'1'", '"on"', "冯静", ".inf", "1.0",
)  # fmt: skip


@pytest.mark.parametrize("value", _VALUES)
def test_both_readers_understand_a_value_alike(value: str) -> None:
    text = f"key: {value}\n{value}: key\n"
    assert YAML(typ="safe").load(text) == YAML(typ="rt", pure=True).load(text)


@pytest.mark.parametrize("file", ["dialplans/directory.yaml", "tests/e2e/directory.yaml"])
def test_the_directories_that_ship_are_read_the_quick_way_and_alike(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    assert loader._quickly(text) == loader._with_places(text, file)


def test_many_people_are_read_the_quick_way_and_a_mistake_among_them_has_its_line() -> None:
    text = (ROOT / "tests/e2e/directory.yaml").read_text(encoding="utf-8")
    head = text[: text.index("voicemail:")]  # which names people
    people = "".join(f'  "{20000 + i}": {{name: 坐席{i}, skills: {{general: 3}}}}\n' for i in range(300))
    read = loader._quickly(f"{head}people:\n{people}")
    assert read is not None
    assert len(read.people) == 300
    wrong = people.replace(
        '"20250": {name: 坐席250, skills: {general: 3}', '"20250": {name: 坐席250, skills: {general: 9}'
    )
    with pytest.raises(DirectoryError) as caught:
        loader.parse_directory(f"{head}people:\n{wrong}", "directory.yaml")
    assert [mistake.line for mistake in caught.value.mistakes] == [head.count("\n") + 1 + 251]


@pytest.mark.parametrize("text", ["a: &x 1\n", "a: [*x]\n", "&x a: 1\n", "- *x\n", "a: '#' \nb: &x [1]\n"])
def test_names_are_never_read_the_quick_way(text: str) -> None:
    assert loader._quickly(text) is None
    assert loader._MAYBE_NAMES.search(text)
