"""``hotline prompts`` without a running service: list, render, play, replace, restore, confirm; every mistake told."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from click.testing import Result
from typer.testing import CliRunner

from hotline.cli.app import app

ROOT = Path(__file__).resolve().parents[3]
_FLOW = """
name: water
numbers: ["96116"]
start: hello
person: person
prompts:
  water_hello: {zh: "您好，这里是供水热线。{pause|0.5}今天是{2026-10-01|date}。"}
steps:
  hello: {do: say, prompt: water_hello, next: person}
  person: {do: queue, queue: general, nobody_staffed: end}
  end: {do: hangup}
"""
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in list(os.environ):
        if name.startswith("HOTLINE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOTLINE_CONFIG", "")
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))  # no player of this machine sounds in a test
    shutil.copytree(ROOT / "dialplans", tmp_path / "dialplans", ignore=shutil.ignore_patterns("recordings"))
    (tmp_path / "dialplans" / "water.yaml").write_text(_FLOW, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, ["prompts", *words])


def told(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def row(run: Run, name: str, language: str = "zh") -> dict[str, Any]:
    prompts = told(run("list", "--json"))["prompts"]
    return next(one for one in prompts if (one["name"], one["language"]) == (name, language))


def noise(path: Path, seconds: float = 5.0, amplitude: float = 0.05) -> str:
    soundfile.write(path, amplitude * np.random.default_rng(1).standard_normal(int(seconds * 44100)), 44100)
    return str(path)


def test_prompts_are_listed_rendered_and_then_ready(run: Run) -> None:
    missing = told(run("list", "--missing", "--flow", "water", "--json"))["prompts"]
    assert [one["name"] for one in missing] == ["water_hello"]
    done = told(run("render", "water_hello", "goodbye", "--language", "zh", "--json"))
    assert (done["rendered"], done["failed"]) == (2, [])
    assert told(run("list", "--missing", "--flow", "water", "--json"))["prompts"] == []
    one = row(run, "water_hello")
    assert (one["state"], one["source"], one["used_in"]) == ("ready", "voice", ["water"])
    assert one["seconds"] > 3
    assert one["level_dbfs"] == pytest.approx(-22, abs=1)
    assert Path(one["file"]).is_file()
    assert told(run("render", str(one["number"]), "--json"))["there_before"] == 1
    table = run("list", "--flow", "water")
    assert str(one["number"]) in table.output
    assert "ready" in table.output


def test_a_recording_takes_the_voices_place_and_gives_it_back(run: Run, tmp_path: Path) -> None:
    done = told(run("replace", "water_hello", noise(tmp_path / "take.ogg"), "--json"))
    assert done["file"].endswith("dialplans/recordings/zh/water_hello.wav")
    assert not done["in_use"]
    one = row(run, "water_hello")
    assert (one["state"], one["source"], one["made_by"]) == ("ready", "recording", "file take.ogg")
    path = tmp_path / "dialplans" / "water.yaml"
    path.write_text(_FLOW.replace("供水", "市供水"), encoding="utf-8")
    assert row(run, "water_hello")["state"] == "stale"
    stale = told(run("list", "--stale", "--json"))["prompts"]
    assert [one["name"] for one in stale] == ["water_hello"]
    assert "confirm water_hello" in run("list", "--stale").output
    doubts = json.loads(CliRunner().invoke(app, ["check", "--json"]).stdout)["doubts"]
    assert any("water_hello" in doubt and "older than its text" in doubt for doubt in doubts)
    assert run("confirm", "water_hello").exit_code == 0
    assert row(run, "water_hello")["state"] == "ready"
    assert "synthesised voice" in run("restore", "water_hello").output
    assert row(run, "water_hello")["source"] == "voice"
    assert "former recording" in run("restore", "water_hello").output
    assert row(run, "water_hello")["source"] == "recording"


def test_a_prompt_is_written_as_callers_hear_it_values_and_all(run: Run, tmp_path: Path) -> None:
    done = told(run("play", "queue_place", "place=3", "--wav", "place.wav", "--json"))
    info = soundfile.info(tmp_path / "place.wav")
    assert info.duration == pytest.approx(done["seconds"], abs=0.01)
    assert info.duration > 3
    longer = told(run("play", "queue_place", "place=123456", "--wav", "place.wav", "--json"))
    assert longer["seconds"] > done["seconds"] + 1


def test_it_is_played_by_the_program_that_is_there(run: Run, tmp_path: Path) -> None:
    absent = run("play", "goodbye")
    assert absent.exit_code == 1
    assert "--wav FILE" in absent.output
    player = tmp_path / "bin" / "aplay"
    player.parent.mkdir()
    player.write_text('#!/bin/sh\nread -r head < "$2"\n[ -s "$2" ] && echo "$2" > ' + str(tmp_path / "played") + "\n")
    player.chmod(0o755)
    assert run("play", "goodbye").exit_code == 0
    assert (tmp_path / "played").read_text().strip().endswith(".wav")


@pytest.mark.parametrize(
    ("words", "code", "hint"),
    [
        (["list", "--flow", "gas"], 2, "water"),
        (["render", "watr_hello"], 2, "did you mean water_hello"),
        (["render", "--force"], 2, "--all"),
        (["play", "queue_place"], 2, "place="),
        (["play", "queue_place", "3"], 2, "place=3"),
        (["play", "goodbye", "--wav", "no/such/folder.wav"], 1, "cannot be written"),
        (["play", "goodbye", "--seat", "1001"], 3, "not running"),
        (["record", "goodbye", "--seat", "1001"], 3, "not running"),
        (["replace", "queue_place", "x.wav"], 2, "one by one"),
        (["replace", "goodbye", "gone.wav"], 1, "Nothing was changed"),
        (["restore", "goodbye"], 1, "no recording"),
        (["confirm", "goodbye"], 1, "no recording"),
    ],
)
def test_a_mistake_is_told_with_its_remedy(run: Run, words: list[str], code: int, hint: str) -> None:
    result = run(*words)
    assert result.exit_code == code, result.output
    assert hint in result.output
    assert "Traceback" not in result.output


def test_an_unfit_recording_is_refused_and_the_former_one_stays(run: Run, tmp_path: Path) -> None:
    run("replace", "goodbye", noise(tmp_path / "good.wav", 2))
    before = Path(row(run, "goodbye")["file"]).read_bytes()
    for unfit in (noise(tmp_path / "silent.wav", 2, 0.0), noise(tmp_path / "short.wav", 0.25)):
        result = run("replace", "goodbye", unfit)
        assert result.exit_code == 1
        assert "Nothing was changed" in result.output
    assert Path(row(run, "goodbye")["file"]).read_bytes() == before
    assert run("replace", "goodbye", noise(tmp_path / "short.wav", 0.25), "--any-length").exit_code == 0


def test_what_cannot_be_spoken_is_told_with_place_and_remedy(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "dialplans" / "water.yaml"
    path.write_text(_FLOW.replace("您好，这里是供水热线。{pause|0.5}今天是{2026-10-01|date}。", "……"), encoding="utf-8")
    result = run("render", "water_hello", "--json")
    assert result.exit_code == 1
    (failed,) = json.loads(result.stdout)["failed"]
    assert "flow water" in failed["place"]
    assert "write words" in failed["remedy"]


def test_files_with_mistakes_are_told_as_by_the_check(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "dialplans" / "water.yaml"
    path.write_text(_FLOW.replace("{pause|0.5}", "{pause|99}"), encoding="utf-8")
    result = run("list")
    assert result.exit_code == 1
    assert "water.yaml" in result.output
    assert "0.1 to 5 seconds" in result.output
