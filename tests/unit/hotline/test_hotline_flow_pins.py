"""PINs that flows ask for: kept as hashes, locked after too many wrong ones, set on the command line."""

import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from calls import ManualClock
from hotline.cli.app import app
from hotline.flow_pins import FlowPins, PinFile, pins_set
from ivr.outside import PinAnswer


@pytest.fixture
def file(tmp_path: Path) -> PinFile:
    made = PinFile(tmp_path / "state" / "flow_pins.json")
    made.set("staff", "471147")
    return made


def test_only_a_hash_is_on_disk_and_only_for_its_owner(file: PinFile, tmp_path: Path) -> None:
    path = tmp_path / "state" / "flow_pins.json"
    assert "471147" not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert file.is_right("staff", "471147")
    assert not file.is_right("staff", "471148")
    assert not file.is_right("nobody", "471147")
    assert not file.is_right("nobody", "")


def test_two_equal_pins_look_different_and_one_that_is_removed_lets_nobody_through(file: PinFile) -> None:
    file.set("other", "471147")
    assert len(set(file._read().values())) == 2
    assert file.remove("staff")
    assert not file.remove("staff")
    assert not file.is_right("staff", "471147")
    assert file.names() == ["other"]


@pytest.mark.parametrize(("name", "pin"), [("staff", "123"), ("staff", "12a4"), ("staff", "1" * 13), ("a-b", "1234")])
def test_what_is_no_pin_is_refused(file: PinFile, name: str, pin: str) -> None:
    with pytest.raises(ValueError, match=r"digits"):
        file.set(name, pin)


async def test_five_wrong_ones_from_one_number_lock_it_for_that_number_and_a_quarter_of_an_hour(file: PinFile) -> None:
    clock = ManualClock(1000.0)
    pins = FlowPins(file, clock)
    for _ in range(5):
        assert await pins.answer("staff", "000000", "138") is PinAnswer.WRONG
    assert await pins.answer("staff", "471147", "138") is PinAnswer.LOCKED
    assert await pins.answer("staff", "471147", "139") is PinAnswer.RIGHT
    clock.advance(901)
    assert await pins.answer("staff", "471147", "138") is PinAnswer.RIGHT


async def test_right_ones_do_not_count_and_hidden_numbers_count_together(file: PinFile) -> None:
    pins = FlowPins(file, ManualClock(1000.0))
    for _ in range(8):
        assert await pins.answer("staff", "471147", "") is PinAnswer.RIGHT
    for _ in range(5):
        await pins.answer("staff", "000000", "")
    assert await pins.answer("staff", "471147", "") is PinAnswer.LOCKED


async def test_many_numbers_cannot_try_them_out_together(file: PinFile) -> None:
    pins = FlowPins(file, ManualClock(1000.0))
    answers = [await pins.answer("staff", "000000", str(number)) for number in range(51)]
    assert answers == [PinAnswer.WRONG] * 50 + [PinAnswer.LOCKED]


def test_the_command_sets_lists_and_removes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_STATE_DIR", str(tmp_path))
    run = CliRunner().invoke
    assert run(app, ["pin", "list"]).stdout == "no PIN is set\n"
    assert "digits" in run(app, ["pin", "set", "staff"], input="12\n12\n").output
    done = run(app, ["pin", "set", "staff"], input="471147\n471147\n")
    assert done.exit_code == 0
    assert "471147" not in done.output
    assert run(app, ["pin", "set", "door", "--stdin"], input="9999\n").exit_code == 0
    assert run(app, ["pin", "list"]).stdout == "door\nstaff\n"
    assert pins_set(tmp_path / "flow_pins.json") == {"door", "staff"}
    assert run(app, ["pin", "remove", "door"]).exit_code == 0
    assert run(app, ["pin", "remove", "door"]).exit_code == 1


def test_a_spoilt_file_is_told_and_stops_no_check(tmp_path: Path) -> None:
    path = tmp_path / "flow_pins.json"
    path.write_text("[]")
    with pytest.raises(ValueError, match="spoilt"):
        PinFile(path).names()
    assert pins_set(path) == frozenset()
