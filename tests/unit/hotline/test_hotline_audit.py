"""The audit log keeps what was noted, for its owner only, and says so when it cannot."""

from pathlib import Path

import pytest

from calls import SystemClock
from hotline.audit import AuditLog, entries


def test_what_is_noted_is_kept_in_order_for_the_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "state" / "audit.jsonl"
    AuditLog(path, SystemClock()).note("listen_began", person="2090", seat="1001")
    AuditLog(path, SystemClock()).note("listen_ended", person="2090\nforged", seat="1001")
    assert [(entry["act"], entry["person"]) for entry in entries(path)] == [
        ("listen_began", "2090"), ("listen_ended", "2090\nforged"),
    ]  # fmt: skip
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_line_cut_off_by_a_power_failure_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    audit = AuditLog(path, SystemClock())
    audit.note("listen_began")
    with path.open("a") as file:
        file.write('{"at": 1, "act": "whis')
    audit.note("listen_ended")
    audit.note("barge_began")
    assert [entry["act"] for entry in entries(path)] == ["listen_began", "listen_ended", "barge_began"]
    assert not list(entries(tmp_path / "none"))


def test_what_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "audit.jsonl").mkdir()
    with pytest.raises(OSError, match="directory"):
        AuditLog(tmp_path / "audit.jsonl", SystemClock()).note("listen_began")
