"""`hotline whatif` on the command line: its keys, its files, and what it says to numbers that make no sense."""

import csv
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

from hotline.cli.app import app

LOAD = {"--calls-per-hour": "120", "--seats": "12", "--aht": "240", "--hours": "2", "--seed": "3"}


def whatif(*more: str, **changed: str) -> Result:
    options = LOAD | {f"--{name.replace('_', '-')}": value for name, value in changed.items()}
    return CliRunner().invoke(app, ["whatif", *(word for pair in options.items() for word in pair), *more])


def test_the_figures_have_their_names_and_the_same_seed_gives_the_same() -> None:
    told = json.loads(whatif("--json").stdout)
    assert {"service_level_15s", "asa_s", "occupancy", "abandoned_share", "calls"} <= told.keys()
    assert told["calls"] > 150 and told["abandoned_share"] == 0 and 0.5 < told["occupancy"] < 0.9
    assert json.loads(whatif("--json").stdout) == told
    assert json.loads(whatif("--json", seed="4").stdout) != told


def test_a_long_run_says_on_the_error_output_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotline.cli.whatif._TELL_EVERY_S", 0.0)
    ran = whatif("--json", calls_per_hour="1200", seats="120")
    assert "1000 calls, 0.8 hours in virtual time" in ran.stderr
    assert json.loads(ran.stdout)["calls"] > 2000


def test_wrap_up_and_absent_seats_make_callers_wait_longer() -> None:
    plain, written_up = (json.loads(whatif("--json", wrap_up=seconds).stdout) for seconds in ("0", "60"))
    assert written_up["asa_s"] > plain["asa_s"] and written_up["occupancy"] > plain["occupancy"]
    fewer = json.loads(whatif("--json", absent="2").stdout)["absent"]
    assert fewer["seats"] == 10 and fewer["asa_s"] > plain["asa_s"]


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("calls_per_hour", "0", "--calls-per-hour is 0: it must lie between 0.01 and 100000"),
        ("calls_per_hour", "-5", "--calls-per-hour is -5"),
        ("calls_per_hour", "nan", "--calls-per-hour is nan"),
        ("calls_per_hour", "1e9", "--calls-per-hour is 1e+09"),
        ("calls_per_hour", "180", "At least 13 seats are needed, or callers who give up"),
        ("seats", "0", "--seats is 0: it must lie between 1 and 10000"),
        ("seats", "-1", "--seats is -1"),
        ("aht", "0", "--aht is 0"),
        ("aht", "inf", "--aht is inf"),
        ("patience", "0", "--patience is 0"),
        ("patience", "nan", "--patience is nan"),
        ("wrap_up", "-1", "--wrap-up is -1"),
        ("hours", "0", "--hours is 0"),
        ("hours", "1e6", "--hours is 1e+06"),
        ("threshold", "nan", "--threshold is nan"),
        ("absent", "12", "--absent 12 leaves nobody on 12 seats"),
        ("plot", "x.gif", "a plot is a .png or an .svg"),
    ],
)
def test_what_makes_no_sense_is_told_with_its_option(option: str, value: str, words: str) -> None:
    result = whatif(**{option: value})
    assert result.exit_code == 2
    assert words in result.output and "Traceback" not in result.output


def test_a_load_that_the_seats_cannot_carry_can_be_asked_with_patience() -> None:
    told = json.loads(whatif("--json", calls_per_hour="240", patience="60").stdout)
    assert 0.15 < told["abandoned_share"] < 0.4


def test_hours_are_written_as_csv_and_the_curve_as_picture(tmp_path: Path) -> None:
    table, png, svg = tmp_path / "hours.csv", tmp_path / "curve.png", tmp_path / "curve.svg"
    told = json.loads(whatif("--json", csv=str(table), plot=str(png)).stdout)
    with table.open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["from_s"]) for row in rows] == [3600, 7200]
    assert sum(int(row["calls"]) for row in rows) == told["calls"]
    assert png.read_bytes().startswith(b"\x89PNG")
    assert whatif(plot=str(svg)).exit_code == 0
    assert ElementTree.parse(svg).getroot().tag.endswith("svg")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("at_s\n1\n", "days.csv:1: the column 'handling_s' is missing"),
        ("at_s,handling_s\n1,30\n2,nan\n", "days.csv:3: at_s, handling_s and patience_s are seconds, 0 or more"),
        ("at_s,handling_s\n-1,30\n", "days.csv:2:"),
        ("at_s,handling_s\n", "days.csv: there is no caller in it"),
        ("", "days.csv:1: the column"),
        ("\xff", "is not UTF-8 text"),
    ],
)
def test_a_recorded_day_with_a_mistake_is_refused_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "days.csv"
    file.write_bytes(text.encode("latin-1"))
    result = CliRunner().invoke(app, ["whatif", "--seats", "3", "--arrivals", str(file)])
    assert result.exit_code == 2
    assert words in result.output


def test_a_recorded_day_is_called_so(tmp_path: Path) -> None:
    file = tmp_path / "days.csv"
    file.write_text("at_s,handling_s,patience_s\n1,30,\n2,40,5\n")
    result = CliRunner().invoke(app, ["whatif", "--seats", "1", "--arrivals", str(file)])
    assert "2 recorded calls" in result.output
