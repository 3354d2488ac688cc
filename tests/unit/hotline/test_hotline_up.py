"""`hotline up` where it cannot go on: it says what is in the way, whose it is, and leaves with 1."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from hotline.state_lock import StateInUse, state_lock
from telephony.asterisk.ports import free_ports

ROOT = Path(__file__).resolve().parents[3]


def _up(state: Path, **more: str) -> subprocess.CompletedProcess[str]:
    sip, ami, agi, http = map(str, free_ports(4))
    environment = {
        **os.environ, "HOTLINE_STATE_DIR": str(state), "HOTLINE_SIP__PORT": sip, "HOTLINE_AMI__PORT": ami,
        "HOTLINE_AGI__PORT": agi, "HOTLINE_HTTP__PORT": http, **more,
    }  # fmt: skip
    return subprocess.run(
        [str(Path(sys.executable).with_name("hotline")), "up"], cwd=ROOT, env=environment, capture_output=True,
        text=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("setting", "named", "kind"),
    [
        ("HOTLINE_SIP__PORT", "sip_port", socket.SOCK_DGRAM),
        ("HOTLINE_AGI__PORT", "agi.port", socket.SOCK_STREAM),
    ],
)
def test_a_taken_port_is_told_with_who_has_it(tmp_path: Path, setting: str, named: str, kind: int) -> None:
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            holder.listen()
        port = holder.getsockname()[1]
        done = _up(tmp_path, **{setting: str(port)})
    assert done.returncode == 1
    assert f"port {port} for" in done.stderr
    assert f"taken by {psutil.Process().name()} (pid {os.getpid()})" in done.stderr
    assert f"(setting {named})" in done.stderr


def test_a_second_one_on_the_same_folder_says_so_and_touches_nothing(tmp_path: Path) -> None:
    with state_lock(tmp_path):
        done = _up(tmp_path)
    assert done.returncode == 1
    assert f"already running on {tmp_path} (pid {os.getpid()})" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["up.pid"]


def test_the_folder_is_free_again_when_its_hotline_has_ended(tmp_path: Path) -> None:
    with state_lock(tmp_path), pytest.raises(StateInUse), state_lock(tmp_path):
        pass
    with state_lock(tmp_path):
        assert (tmp_path / "up.pid").read_text() == f"{os.getpid()}\n"
