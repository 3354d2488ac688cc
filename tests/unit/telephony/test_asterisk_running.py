"""Finding, fetching and starting Asterisk: what is told when that fails, and that only what was started is ended."""

import asyncio
import os
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from telephony.asterisk import AsteriskConfig, AsteriskFailed, AsteriskProcess, AsteriskProgram, find_asterisk
from telephony.asterisk import program as programs
from telephony.asterisk.debs import CannotInstall, command_in, install, mirror
from telephony.asterisk.install import ensure_asterisk, ensure_sipp
from telephony.asterisk.ports import free_ports, holder_of, is_free

MODULES = (
    "chan_pjsip.so",
    "res_agi.so",
    "app_confbridge.so",
    "app_bridgewait.so",
    "app_mixmonitor.so",
    "res_musiconhold.so",
)
Script = Callable[[str, str], Path]


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Script:
    """Make programs (shell scripts) that are found first; nothing else is on PATH but the shell's own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(programs.shutil, "which", _which_in(folder))

    def make(name: str, body: str) -> Path:
        path = folder / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    return make


def _which_in(folder: Path) -> Callable[..., str | None]:
    def which(name: str, path: str | None = None) -> str | None:
        found = folder / name
        return str(found) if path is None and found.exists() else None

    return which


# -- ports ----------------------------------------------------------------------------------------------------------


def test_free_ports_are_all_different_and_free_for_udp_and_tcp() -> None:
    ports = free_ports(50)
    assert len(set(ports)) == 50
    assert all(is_free("127.0.0.1", port, udp=udp) for port in ports for udp in (True, False))
    assert not set(ports) & set(free_ports(50))


def test_whoever_asks_the_system_for_any_port_gets_no_free_one_that_was_found_before() -> None:
    ports = free_ports(100)
    asking = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(200)]
    for one in asking:
        one.bind(("127.0.0.1", 0))
    assert not {one.getsockname()[1] for one in asking} & set(ports)
    for one in asking:
        one.close()


@pytest.fixture(params=["udp", "tcp"])
def taken(request: pytest.FixtureRequest) -> Iterator[tuple[int, bool]]:
    udp = request.param == "udp"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM) as holder:
        holder.bind(("127.0.0.1", 0))
        if not udp:
            holder.listen()
        yield holder.getsockname()[1], udp


def test_who_holds_a_port_is_told_by_name_and_process_id(taken: tuple[int, bool]) -> None:
    port, udp = taken
    assert not is_free("127.0.0.1", port, udp=udp)
    assert holder_of(port, udp=udp) == f"{psutil.Process().name()} (pid {os.getpid()})"


def test_a_holder_that_cannot_be_seen_is_another_program(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_kind: str) -> None:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "net_connections", refused)
    assert holder_of(5060, udp=True) == "another program (of another user)"


# -- which Asterisk -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("Asterisk 22.10.1~dfsg-1", "22.10.1~dfsg-1"),
        ("Asterisk 20.0.0", "20.0.0"),
        ("Asterisk certified/20.7-cert3", "certified/20.7-cert3"),
        ("Asterisk 18.26.2", None),
        ("Asterisk 9.9.9", None),
        ("Asterisk GIT-master-abc", None),
        ("", None),
    ],
)
def test_an_asterisk_of_20_or_newer_serves(script: Script, tmp_path: Path, said: str, version: str | None) -> None:
    modules = tmp_path / "lib" / "asterisk" / "modules"
    modules.mkdir(parents=True)
    for name in MODULES:
        (modules / name).touch()
    found = programs._examine((str(script("asterisk", f"echo '{said}'")),), [tmp_path / "lib"])
    assert (found.version if found else None) == version


def test_an_asterisk_without_the_modules_that_are_needed_does_not_serve(script: Script, tmp_path: Path) -> None:
    modules = tmp_path / "lib" / "asterisk" / "modules"
    modules.mkdir(parents=True)
    for name in MODULES[1:]:
        (modules / name).touch()
    assert programs._examine((str(script("asterisk", "echo 'Asterisk 22.1.0'")),), [tmp_path / "lib"]) is None


def test_a_private_asterisk_that_was_unpacked_by_half_is_none(script: Script, tmp_path: Path) -> None:
    (tmp_path / "asterisk-22" / "usr").mkdir(parents=True)
    assert find_asterisk(tmp_path) is None


# -- fetching one ---------------------------------------------------------------------------------------------------

_LISTS = "[ $1 = indextargets ] && echo 'Debian http://mirror.test/debian/ stable' && exit 0"


def test_without_apt_people_are_told_to_install_it_themselves(script: Script, tmp_path: Path) -> None:
    with pytest.raises(CannotInstall, match="no apt-get here: install Asterisk 20 or newer yourself"):
        ensure_asterisk(tmp_path)


def test_without_package_lists_people_are_told_to_update_them(script: Script) -> None:
    script("apt-get", "exit 0")
    with pytest.raises(CannotInstall, match="apt-get update"):
        mirror()


def test_the_mirror_is_the_machines_own_and_not_the_one_for_security(script: Script) -> None:
    script(
        "apt-get",
        "echo 'Debian http://security.test/debian-security/ stable-security'\n"
        "echo 'Other http://elsewhere.test/ x'\necho 'Debian http://mirror.test/debian/ stable'",
    )
    assert mirror() == ("http://mirror.test/debian/", "Debian")


def test_when_apt_fails_its_last_words_are_told_and_nothing_is_left(script: Script, tmp_path: Path) -> None:
    script("apt-get", f"{_LISTS}\necho 'E: no route to the mirror' >&2; exit 100")
    with pytest.raises(CannotInstall, match=r"is there a network\?.*\n.*no route to the mirror"):
        install(["asterisk"], tmp_path / "state" / "prefix")
    assert list((tmp_path / "state").iterdir()) == []


def test_what_apt_downloads_is_unpacked_whole_or_not_at_all(script: Script, tmp_path: Path) -> None:
    script(
        "apt-get",
        f"{_LISTS}\nfor word in $@; do case $word in Dir::Cache=*) cache=${{word#*=}};; esac; done\n"
        "for word in $@; do [ $word = install ] && for name in one two; do : > $cache/archives/$name.deb; done; done\n"
        "exit 0",
    )
    script("dpkg-deb", 'case $2 in *two*) [ -e "$FAIL" ] && exit 2;; esac; /bin/mkdir -p $3; : > $3/${2##*/}')
    prefix = tmp_path / "state" / "prefix"
    install(["asterisk"], prefix)
    assert sorted(path.name for path in prefix.iterdir()) == ["one.deb", "two.deb"]
    (prefix / "kept").touch()
    os.environ["FAIL"] = str(tmp_path)
    try:
        with pytest.raises(CannotInstall, match="dpkg-deb failed"):
            install(["asterisk"], prefix)
    finally:
        del os.environ["FAIL"]
    assert (prefix / "kept").exists(), "what was there is lost"
    assert [path.name for path in prefix.parent.iterdir()] == ["prefix"]


def test_a_prefix_that_is_not_whole_is_told_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(CannotInstall, match="remove that folder"):
        command_in(tmp_path, "usr/sbin/asterisk")


def test_the_machines_own_sipp_is_used(script: Script, tmp_path: Path) -> None:
    own = script("sipp", "exit 0")
    assert ensure_sipp(tmp_path) == [str(own)]


# -- starting it ----------------------------------------------------------------------------------------------------


def process(tmp_path: Path, *command: str, **more: object) -> AsteriskProcess:
    sip, ami = free_ports(2)
    for folder in ("run", "log"):
        (tmp_path / folder).mkdir()
    values: dict[str, object] = {
        "run_dir": tmp_path, "modules_dir": tmp_path, "data_dir": tmp_path, "sounds_dir": tmp_path,
        "music_dir": tmp_path, "ami_secret": "x", "seats": (), "sip_port": sip, "ami_port": ami,
    }  # fmt: skip
    config = AsteriskConfig.model_validate(values | more)
    return AsteriskProcess(AsteriskProgram(command, tmp_path, tmp_path, "22"), config, tmp_path / "asterisk.conf")


async def test_an_asterisk_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    dying = process(tmp_path, "/bin/sh", "-c", "echo unable to load modules >&2; exit 3", "-")
    with pytest.raises(AsteriskFailed, match=r"ended with code 3.*\n.*unable to load modules"):
        await dying.start()
    assert dying.pid is None


@pytest.mark.parametrize(("setting", "udp"), [("sip_port", True), ("sip_port", False), ("ami_port", False)])
async def test_a_taken_port_is_told_with_its_holder_before_anything_is_started(
    tmp_path: Path, setting: str, udp: bool
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM) as holder:
        holder.bind(("127.0.0.1", 0))
        if not udp:
            holder.listen()
        port = holder.getsockname()[1]
        asterisk = process(tmp_path, sys.executable, **{setting: port})
        with pytest.raises(AsteriskFailed) as told:
            await asterisk.start()
    assert f"port {port} " in str(told.value)
    assert f"(pid {os.getpid()})" in str(told.value)
    assert f"setting {setting}" in str(told.value)
    assert asterisk.pid is None


_FAKE = """
case "$*" in *waitfullybooted*) echo Asterisk has fully booted.; exit 0;; esac
: > {run}/asterisk.ctl; exec /bin/sleep 60
"""


async def test_stopping_ends_what_was_started_and_nothing_else(tmp_path: Path) -> None:
    fake = tmp_path / "fake"
    fake.write_text("#!/bin/sh" + _FAKE.format(run=tmp_path / "run"))
    fake.chmod(0o700)
    neighbour = await asyncio.create_subprocess_exec("/bin/sleep", "60")
    try:
        asterisk = process(tmp_path, str(fake))
        await asterisk.start()
        pid = asterisk.pid
        assert pid is not None
        assert os.getsid(pid) != os.getsid(0), "Ctrl-C in a terminal would reach it"
        await asterisk.stop()
        await asterisk.stop()
        assert asterisk.pid is None
        assert not psutil.pid_exists(pid)
        assert neighbour.returncode is None
    finally:
        neighbour.kill()
        await neighbour.wait()


async def test_what_a_killed_asterisk_left_behind_does_not_pass_for_a_running_one(tmp_path: Path) -> None:
    dying = process(tmp_path, "/bin/sh", "-c", "exit 1", "-")
    (tmp_path / "run" / "asterisk.ctl").touch()
    (tmp_path / "run" / "asterisk.pid").write_text("1")
    with pytest.raises(AsteriskFailed, match="ended with code 1"):
        await dying.start()
    assert list((tmp_path / "run").iterdir()) == []
