"""End-to-end tests share a service and its store: who called in one of them has a history in the next."""

import re
from collections import defaultdict
from pathlib import Path

_E2E = Path(__file__).parents[1] / "e2e"
_NUMBER = re.compile(r'"(1[3-9]\d{9})"')


def test_no_caller_of_one_end_to_end_test_file_calls_in_another_too() -> None:
    files = defaultdict[str, set[str]](set)
    for path in _E2E.glob("test_*.py"):
        for number in _NUMBER.findall(path.read_text("utf-8")):
            files[number].add(path.name)
    assert len(files) > 50
    assert {number: sorted(names) for number, names in files.items() if len(names) > 1} == {}
