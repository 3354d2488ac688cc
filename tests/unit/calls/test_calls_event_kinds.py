"""Whatever can happen to a call can be kept and read again: a restarted service reads all of it."""

import dataclasses
from typing import Any

import pytest

from calls import CallId, Outcome
from calls import timeline as t
from calls.timeline import Event, from_record, to_record

_VALUES: dict[str, Any] = {"str": "x", "float": 1.5, "int": 2, "bool": True, "dict[str, int]": {"general": 2}}


def kinds() -> list[type[Event]]:
    found = [each for each in vars(t).values() if isinstance(each, type) and issubclass(each, Event)]
    return [kind for kind in found if kind is not Event]


def made(kind: type[Event]) -> Event:
    values: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        name = str(field.type)
        values[field.name] = Outcome.ANSWERED if name in {"Outcome", str(Outcome)} else _VALUES.get(name, "x")
    return kind(**{**values, "call": CallId("c"), "at": 3.5})


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_every_kind_of_event_is_read_as_it_was_written(kind: type[Event]) -> None:
    event = made(kind)
    assert from_record(to_record(event)) == event


def test_an_unknown_kind_is_an_error_with_its_name() -> None:
    with pytest.raises(ValueError, match="Sneezed"):
        from_record({"kind": "Sneezed", "call": "c", "at": 1.0})
    assert t.NeedRelaxed in kinds()
