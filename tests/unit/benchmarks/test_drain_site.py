"""A hotline of a benchmark's own that breaks says so as a benchmark that failed, and leaves nothing behind."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import psutil
import pytest

from benchmarks import drain_phones
from benchmarks.drain_phones import DrainPhones
from benchmarks.drain_site import BenchmarkFailed, DrainSite, _children, _stop
from hotline.cli.running import NotRunning
from simulator import RegistrationFailed

_SLEEPS = "import time; time.sleep(60)"
_PARENT = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {_SLEEPS!r}]); print(1, flush=True); "


def parent(then: str, stdin: int = subprocess.DEVNULL) -> "subprocess.Popen[bytes]":
    """A process that has a child."""
    process = subprocess.Popen(
        [sys.executable, "-c", _PARENT + then], stdin=stdin, stdout=subprocess.PIPE
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == b"1\n"
    process.stdout.close()
    return process


def gone(process: psutil.Process) -> bool:
    try:
        return process.wait(10) is None or not process.is_running()
    except psutil.TimeoutExpired:
        return False


def test_who_cannot_wait_until_the_hotline_has_ended_leaves_nothing_of_it_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    process = parent(_SLEEPS)
    (child,) = _children(process.pid)
    really = process.wait

    def wait(timeout: float | None = None) -> int:
        if timeout is not None:
            raise KeyboardInterrupt
        return really()

    monkeypatch.setattr(process, "wait", wait)
    with pytest.raises(KeyboardInterrupt):
        _stop(process, 30.0, set())
    assert process.returncode is not None
    assert gone(child)


def test_a_child_whose_parent_has_died_is_not_left_behind() -> None:
    process = parent("sys.stdin.read()", subprocess.PIPE)
    family = _children(process.pid)
    assert process.stdin is not None
    process.stdin.close()  # which ends it, but not its child
    process.wait(30)
    _stop(process, 30.0, family)
    (child,) = family
    assert gone(child)


def test_a_hotline_that_runs_no_longer_is_a_benchmark_that_failed(tmp_path: Path) -> None:
    site = DrainSite(tmp_path, ("127.0.0.1", 5060), {}, {})
    with pytest.raises(BenchmarkFailed, match="runs no longer"):
        site.cpu_parts()
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for name in ("asterisk.json", "control.json"):
        (tmp_path / name).write_text(json.dumps({"pid": dead.pid}))
    with pytest.raises(BenchmarkFailed, match="runs no longer"):
        site.rss_mb_parts()


async def test_a_seat_that_cannot_register_is_a_benchmark_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    phones = DrainPhones(MagicMock(sip=("127.0.0.1", 5060)))

    async def refused(_: int) -> Any:
        raise RegistrationFailed(503, "Service Unavailable")

    monkeypatch.setattr(phones, "_log_in", refused)
    with pytest.raises(BenchmarkFailed, match=r"seat 1001 .* 503"):
        await phones.log_in(2)


async def test_a_hotline_that_is_too_busy_to_tell_its_agents_is_asked_again() -> None:
    site = MagicMock(sip=("127.0.0.1", 5060))
    site.agents.side_effect = [NotRunning("it did not answer"), {"2001": "logged_out"}, {"2001": "ready"}]
    await DrainPhones(site)._until("2001", lambda state: state != "logged_out")
    assert site.agents.call_count == 3


async def test_who_asks_in_vain_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain_phones, "_PATIENCE_S", 0.05)
    site = MagicMock(sip=("127.0.0.1", 5060))
    site.agents.side_effect = NotRunning("it did not answer")
    with pytest.raises(BenchmarkFailed, match="agent 2001 is in a state that the hotline does not tell"):
        await DrainPhones(site)._until("2001", lambda _: True)
