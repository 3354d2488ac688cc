"""Standard output of a benchmark is its figures alone: with ``--json`` one document, whatever is logged meanwhile."""

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any
from unittest.mock import MagicMock

import pytest
import structlog

from benchmarks import compare, drain


@pytest.fixture(autouse=True)
def as_asked_for(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "argv", ["benchmark", "--json"])
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def warned() -> None:
    structlog.get_logger("simulator").warning("simulator.no_ack", call_id="abc")


def test_what_the_simulator_warns_of_does_not_stand_among_the_figures_of_the_comparison(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def measured(*_: Any, **__: Any) -> int:
        warned()
        print(json.dumps({"ours": {}}))
        return 0

    monkeypatch.setattr(compare, "_whole", measured)
    assert compare.main() == 0
    told = capsys.readouterr()
    assert json.loads(told.out) == {"ours": {}}
    assert "simulator.no_ack" in told.err


def test_nor_among_those_of_a_drain(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def measured(work: Any) -> dict[str, Any]:
        work.close()
        warned()
        return {"ours": {}}

    monkeypatch.setattr(drain, "drain_site", lambda _: nullcontext(MagicMock()))
    monkeypatch.setattr(drain, "run_loop", measured)
    assert drain.main() == 0
    told = capsys.readouterr()
    assert json.loads(told.out) == {"ours": {}}
    assert "simulator.no_ack" in told.err
