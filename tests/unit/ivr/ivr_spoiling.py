"""Spoils files in every way an editor, a disk or a tired person can, the same way for the same seed."""

import random
from collections.abc import Callable

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
