"""Files spoilt in every way an editor, a disk or a tired person can: read, or refused with a place. Nothing else."""

import random
from collections.abc import Callable

import pytest
from ivr_flow_texts import DIALPLANS, KNOWN, SYSTEM

from agents import DirectoryError
from agents.loader import parse_directory
from ivr import FlowErrors, Known, parse_flow

FLOW = (DIALPLANS / "12345.yaml").read_bytes()
PEOPLE = (DIALPLANS / "directory.yaml").read_bytes()
DIRECTORY = PEOPLE[: PEOPLE.index(b'  "2006"')]  # a few people are enough, and quicker
CITY = Known(KNOWN.queues, KNOWN.skills, KNOWN.departments, SYSTEM.names)
WORDS = ["9" * 30, "9" * 5000, "-1", "1e999", ".inf", ".nan", "0x1F", "~", "null", "true", "''", "[]", "{}", "[[]]",
         "{a: {b: c}}", "*x", "&x", "!x", "!!python/name:os.system", "!!binary aGk=", "!!set {a}", "<<", "%", "@", "`",
         "|", ">", "- x", "? x", ": x", "a: b: c", '"', "'", "#", "\t", "---", "...", "%YAML 9.9", "2026-13-45",
         "2026-10-01T25:00:00Z", "😀", "：", "，", "\u2028", "\ufeff", "\u202e", "\U0010ffff", "é" * 300, "00", "0o8",
         "1_0", "12:30:45", "=", "x" * 3000]  # fmt: skip


def _flip(text: bytearray, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 4)):
        text[chance.randrange(len(text))] ^= 1 << chance.randrange(8)


def _cut(text: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(text))
    del text[start : start + chance.choice([1, 2, 40, 4000])]


def _on_lines(change: Callable[[list[bytes], int, random.Random], None]) -> Callable[[bytearray, random.Random], None]:
    def spoil(text: bytearray, chance: random.Random) -> None:
        lines = bytes(text).split(b"\n")
        for _ in range(chance.randint(1, 3)):
            change(lines, chance.randrange(len(lines)), chance)
        text[:] = b"\n".join(lines)

    return spoil


def _drop(lines: list[bytes], at: int, chance: random.Random) -> None:
    del lines[at : at + 1]
    lines.append(b"")


def _double(lines: list[bytes], at: int, chance: random.Random) -> None:
    lines.insert(chance.choice([at, chance.randrange(len(lines))]), lines[at])


def _indent(lines: list[bytes], at: int, chance: random.Random) -> None:
    lines[at] = (
        chance.choice([b" ", b"  ", b"\t", b"    "]) + lines[at] if chance.random() < 0.6 else lines[at].lstrip()
    )


def _swap(lines: list[bytes], at: int, chance: random.Random) -> None:
    other = chance.randrange(len(lines))
    key, colon, value = lines[at].partition(b": ")
    other_key, other_colon, other_value = lines[other].partition(b": ")
    lines[at], lines[other] = key + colon + other_value, other_key + other_colon + value


def _replace(lines: list[bytes], at: int, chance: random.Random) -> None:
    """Put a word where a value, a key, or a part of a line was."""
    word = chance.choice(WORDS).encode("utf-8", "surrogatepass")
    parts = lines[at].split(b" ")
    spot = chance.randrange(len(parts))
    parts[spot] = chance.choice([word, word + b":", word + parts[spot], parts[spot] + word])
    lines[at] = b" ".join(parts)


SPOIL = [_flip, _cut, *(_on_lines(change) for change in (_drop, _double, _indent, _swap, _replace, _replace))]


def spoilt(text: bytes, seed: int) -> bytes:
    chance = random.Random(seed)
    changed = bytearray(text)
    for _ in range(chance.choice([1, 1, 1, 2])):
        chance.choice(SPOIL)(changed, chance)
    return bytes(changed)


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
