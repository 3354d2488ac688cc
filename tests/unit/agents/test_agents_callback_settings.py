"""What a queue says of calling back is read, or told with its place and what to write instead."""

import pytest

from agents import DirectoryError
from agents.loader import parse_directory

_HOUSE = """skills: {general: {zh: 综合}}
people: {2001: {name: 甲, skills: {general: 3}}}
queues:
  general:
    zh: 综合
    needs: {general: 1}
"""


def mistakes(more: str) -> str:
    with pytest.raises(DirectoryError) as caught:
        parse_directory(_HOUSE + more, "directory.yaml")
    return "\n".join(str(mistake) for mistake in caught.value.mistakes)


def test_callbacks_are_not_offered_unless_asked_for_and_have_sensible_ways_then() -> None:
    assert parse_directory(_HOUSE, "d").queues["general"].callback is None
    settings = parse_directory(_HOUSE + "    callback: {}\n", "d").queues["general"].callback
    assert settings is not None
    assert (settings.key, settings.attempts, settings.hours, settings.missed) == ("1", 3, "08:00-21:00", False)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("{hours: 9-17}", "no time of day"),
        ("{key: 12}", "key"),
        ("{attempts: 0}", "attempts"),
        ("{every_s: 1}", "every_s"),
        ("{evry_s: 60}", "did you mean 'every_s'"),
    ],
)
def test_a_mistake_has_its_line(written: str, told: str) -> None:
    found = mistakes(f"    callback: {written}\n")
    assert found.startswith("directory.yaml:7:") and told in found


def test_a_line_that_proposes_callbacks_says_how_people_are_called() -> None:
    found = mistakes("    overflow: [{when: length, at: 5, to: callback}]\n")
    assert "calls nobody back" in found and "callback: {}" in found
    parse_directory(_HOUSE + "    callback: {}\n    overflow: [{when: length, at: 5, to: callback}]\n", "d")
