"""Events become plain mappings as ``dataclasses.asdict`` makes them, only sooner."""

import dataclasses
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from calls.plain import plain_fields


class _Colour(StrEnum):
    RED = "red"


class _Name(str):
    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inner:
    at: float
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outer(_Inner):
    value: Any
    more: list[Any] = field(default_factory=list)


_LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.just(_Colour.RED)
    | st.builds(_Name, st.text()) | st.builds(_Inner, at=st.floats(allow_nan=False))
)  # fmt: skip
_VALUES = st.recursive(
    _LEAVES,
    lambda kids: st.lists(kids) | st.dictionaries(st.text(), kids) | st.lists(kids).map(tuple) | st.sets(st.integers()),
    max_leaves=12,
)


@given(_VALUES, st.lists(_VALUES, max_size=3))
def test_what_comes_of_it_is_what_asdict_makes_of_it(value: Any, more: list[Any]) -> None:
    outer = _Outer(at=1.5, names=("a", "b"), value=value, more=more)
    assert plain_fields(outer) == dataclasses.asdict(outer)
    assert repr(plain_fields(outer)) == repr(dataclasses.asdict(outer)), "equal, but of other kinds"


def test_later_changes_of_lists_and_dicts_do_not_reach_it() -> None:
    groups, values = [["caller", "agent:2001"]], {"a": {"b": [1]}}
    made = plain_fields(_Outer(at=0.0, value=values, more=groups))
    groups[0].append("outside")
    values["a"]["b"].append(2)
    assert (made["more"], made["value"]) == ([["caller", "agent:2001"]], {"a": {"b": [1]}})
