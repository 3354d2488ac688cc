"""What changes when one directory takes another's place, in sentences for whoever is about to do it."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from agents.directory import Directory


def differences(old: Directory, new: Directory) -> list[str]:
    """Return every difference, a sentence each; empty when there is none. PINs are never told."""
    return [
        *_parts("skill", old.skills, new.skills),
        *_parts("queue", old.queues, new.queues),
        *_parts("team", old.teams, new.teams),
        *_parts("shift", old.shifts, new.shifts),
        *_parts("break reason", old.breaks, new.breaks),
        *_parts("department", old.departments, new.departments),
        *_parts("voicemail box", old.voicemail, new.voicemail),
        *_parts("person", old.people, new.people),
    ]


def at_next_start(old: Directory, new: Directory) -> list[str]:
    """Return what is written into Asterisk's configuration, and so waits for the next start."""
    found = []
    if old.seats != new.seats:
        found.append(f"seats {new.seats.first} to {new.seats.last} take effect at the next start")
    codes = [{key: d.code for key, d in each.departments.items()} for each in (old, new)]
    if codes[0] != codes[1]:
        found.append("departments' codes take effect at the next start")
    return found


def _parts(what: str, old: Mapping[Any, BaseModel], new: Mapping[Any, BaseModel]) -> Iterator[str]:
    for key in new:
        if key not in old:
            yield f"{what} {key}: new"
        elif old[key] != new[key]:
            yield f"{what} {key}: {', '.join(_fields(old[key], new[key]))}"
    yield from (f"{what} {key}: gone" for key in old if key not in new)


def _fields(old: BaseModel, new: BaseModel) -> Iterator[str]:
    before, after = old.model_dump(mode="json"), new.model_dump(mode="json")
    for name in after:
        if before.get(name) == after[name]:
            continue
        yield f"{name} changed" if name == "pin" else f"{name} {_short(before.get(name))} -> {_short(after[name])}"


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_short(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list) and value:
        return "[" + ", ".join(_short(inner) for inner in value) + "]"
    return "-" if value is None or value in ("", []) else str(value)
