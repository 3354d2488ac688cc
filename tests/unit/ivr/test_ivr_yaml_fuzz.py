"""Files spoilt in every way an editor, a disk or a tired person can: read, or refused with a place. Nothing else."""

from collections.abc import Callable

import pytest
from ivr_flow_texts import DIALPLANS, KNOWN, SYSTEM
from ivr_spoiling import WORDS, spoilt

from agents import DirectoryError
from agents.loader import parse_directory
from ivr import FlowErrors, Known, parse_flow

FLOW = (DIALPLANS / "12345.yaml").read_bytes()
PEOPLE = (DIALPLANS / "directory.yaml").read_bytes()
DIRECTORY = PEOPLE[: PEOPLE.index(b'  "2006"')]  # a few people are enough, and quicker
CITY = Known(KNOWN.queues, KNOWN.skills, KNOWN.departments, SYSTEM.names)


def read_flow(raw: bytes) -> str:
    try:
        parse_flow(raw, CITY, "12345.yaml")
    except FlowErrors as error:
        assert error.mistakes
        for mistake in error.mistakes:
            assert mistake.file == "12345.yaml"
            assert 1 <= mistake.line <= raw.count(b"\n") + 1 + raw.count(b"\r") + raw.count("\u2028".encode())
            assert mistake.message
            assert mistake.remedy or mistake.key
        return "refused"
    return "read"


def read_directory(raw: bytes) -> str:
    try:
        parse_directory(raw.decode("utf-8", "replace"), "directory.yaml")
    except DirectoryError as error:
        assert error.mistakes
        for mistake in error.mistakes:
            assert mistake.file == "directory.yaml"
            assert mistake.line >= 1
            assert mistake.message
        return "refused"
    return "read"


def ends(read: Callable[[bytes], str], text: bytes, seeds: range) -> set[str]:
    found = set()
    for seed in seeds:
        try:
            found.add(read(spoilt(text, seed)))
        except Exception as error:  # the seed is what a person needs to look at it
            raise AssertionError(f"seed {seed}: {error!r}") from error
    return found


@pytest.mark.parametrize("seeds", [range(50), range(50, 100), range(100, 150)], ids=str)
def test_a_spoilt_flow_is_read_or_refused_with_a_place(seeds):
    assert ends(read_flow, FLOW, seeds) == {"read", "refused"}


@pytest.mark.parametrize("seeds", [range(50), range(50, 100), range(100, 150)], ids=str)
def test_a_spoilt_directory_is_read_or_refused_with_a_place(seeds):
    assert ends(read_directory, DIRECTORY, seeds) == {"read", "refused"}


@pytest.mark.parametrize("word", WORDS)
def test_an_odd_word_in_any_place_is_read_or_refused(word):
    for place in (b"name: ", b"limit: ", b"zh: ", b"choices: ", b"zone: ", b"days: ", b"steps:\n  ", b"numbers: "):
        small = b"steps: {a: {do: hours, zone: x, open: [{days: x}]}}\n"
        read_flow(place + word.encode("utf-8", "surrogatepass") + b"\n" + small)
    read_directory(f"skills: {word}\nqueues: {{a: {{zh: {word}}}}}\npeople: {word}\n".encode())


@pytest.mark.soak
@pytest.mark.parametrize("part", range(10))
def test_ten_thousand_spoilt_files_are_read_or_refused(part):
    seeds = range(1000 + part * 500, 1500 + part * 500)
    assert ends(read_flow, FLOW, seeds) == {"read", "refused"}
    assert ends(read_directory, DIRECTORY, seeds) == {"read", "refused"}
