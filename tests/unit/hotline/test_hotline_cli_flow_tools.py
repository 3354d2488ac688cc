"""``hotline flow try``, ``test``, ``show``, ``diff``, ``versions`` and ``back``, as people and machines use them."""

import json
import os
import shutil
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

from hotline.cli.app import app
from hotline.settings import Settings
from hotline.versions import Versions

ROOT = Path(__file__).parents[3]
FLOW = ROOT / "dialplans" / "12345.yaml"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith("HOTLINE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOTLINE_CONFIG", "")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: object, typed: str | None = None) -> Result:
    result = CliRunner().invoke(app, ["flow", *map(str, words)], input=typed)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def told(*words: object, code: int = 0) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


# -- try --------------------------------------------------------------------------------------------------------------


def test_a_flow_is_walked_by_a_list_of_keys() -> None:
    call = told("try", FLOW, "--digits", "2,1,*,hangup", "--at", "2026-10-01T09:00")
    assert call["end"] == "hung_up"
    assert call["steps"][-3:] == ["self_service", "guides", "self_service"]
    assert any("自助服务请按2" in text for text in call["heard"])
    assert call["at"] == "2026-10-01T09:00+08:00"


def test_how_things_stand_can_be_pretended() -> None:
    assert told("try", FLOW, "--digits", "1", "--queue", "general=served")["end"] == "answered"
    assert told("try", FLOW, "--digits", "1", "--queue", "general=nobody_staffed")["end"] == "voicemail"
    call = told("try", FLOW, "--digits", "2,2,2611240020#,hangup", "--ticket", "2611240020=closed")
    assert any("已办结" in text for text in call["heard"])


def test_a_ticket_may_have_been_made_for_another_telephone() -> None:
    theirs = ("try", FLOW, "--ticket", "2611240020=closed@13900005678", "--digits")
    assert any("已办结" in text for text in told(*theirs, "2,2,2611240020#,5678,hangup")["heard"])
    assert not any("已办结" in text for text in told(*theirs, "2,2,2611240020#,1234,hangup")["heard"])


BILLS_AND_PIN = """
name: paid
start: bill
person: person
prompts: {pin: {zh: 请输入密码。}}
steps:
  bill: {do: lookup, url: "http://bills.example/{caller}", into: {sum: total}, found: tell, not_found: end, failed: ask}
  tell: {do: say, text: {zh: "应缴{sum|money}。"}, next: often}
  often: {do: when, if: "calls_in(7) > 2 and last_ticket == 'closed'", then: person, else: ask}
  ask: {do: pin, pin: vault, prompt: pin, right: end, wrong: person}
  person: {do: queue, queue: general, nobody_staffed: end}
  end: {do: hangup}
"""


@pytest.mark.parametrize(("options", "reached"), [
    ((), ["bill", "end"]),
    (("--lookup", 'bills.example={"total": 5}', "--digits", "1234#"), ["bill", "tell", "often", "ask", "end"]),
    (("--lookup", 'bills.example={"total": 5}', "--calls", "3", "--last-ticket", "closed"),
     ["bill", "tell", "often", "person"]),
    (("--lookup", "bills.example=failed", "--pin", "vault=9999", "--digits", "1#,1234#,1234#,1234#"),
     ["bill", "ask", "person"]),
])  # fmt: skip
def test_what_other_systems_answer_can_be_pretended(here: Path, options: tuple[str, ...], reached: list[str]) -> None:
    (here / "paid.yaml").write_text(BILLS_AND_PIN, encoding="utf-8")
    digits = () if "--digits" in options else ("--digits", "-")
    assert told("try", here / "paid.yaml", *options, *digits)["steps"] == reached


def test_an_answer_that_is_no_json_is_told_so(here: Path) -> None:
    (here / "paid.yaml").write_text(BILLS_AND_PIN, encoding="utf-8")
    result = run("try", here / "paid.yaml", "--digits", "-", "--lookup", "bills.example={total")
    assert result.exit_code == 2
    assert "--lookup: '{total' is no JSON" in result.output


def test_conditions_stand_at_the_ways_that_they_open(here: Path) -> None:
    (here / "paid.yaml").write_text(BILLS_AND_PIN, encoding="utf-8")
    assert "calls_in(7) > 2 and last_ticket == 'closed': → person" in run("show", here / "paid.yaml").stdout


def test_a_flow_is_walked_with_the_keyboard() -> None:
    result = run("try", FLOW, typed="2\nx\n1\nq\n")
    assert result.exit_code == 0
    assert "'x' cannot be pressed" in result.stdout
    assert "end: hung_up at step 'guides'" in result.stdout
    assert "end: hung_up" in run("try", FLOW, typed="").stdout


def test_what_is_heard_can_be_written_as_sound(here: Path) -> None:
    shutil.copytree(ROOT / "var" / "prompts", here / "var" / "prompts") if (ROOT / "var" / "prompts").is_dir() else None
    told("try", FLOW, "--digits", "hangup", "--wav", here / "heard.wav")
    with wave.open(str(here / "heard.wav")) as sound:
        assert sound.getframerate() == 16000
        assert sound.getnframes() > 5 * 16000, "the greeting takes longer"


@pytest.mark.parametrize("words", [
    ["--digits", "x"], ["--at", "tomorrow"], ["--queue", "general"], ["--queue", "general=nice"],
    ["--language", "fr"], ["--department", "water=gone"],
])  # fmt: skip
def test_options_that_make_no_sense_are_told(words: list[str]) -> None:
    result = run("try", FLOW, *words)
    assert result.exit_code == 2
    assert words[0].lstrip("-") in result.output or "write one" in result.output or "there are" in result.output


def test_a_flow_with_mistakes_is_not_walked(here: Path) -> None:
    (here / "flow.yaml").write_text("name: x\n", encoding="utf-8")
    answer = told("try", here / "flow.yaml", "--digits", "1", code=1)
    assert not answer["ok"]
    assert answer["errors"][0]["line"] == 1
    assert run("try", here / "none.yaml", "--digits", "1").exit_code == 1


# -- test -------------------------------------------------------------------------------------------------------------


def test_what_ships_passes_its_own_tests() -> None:
    answer = told("test", ROOT / "dialplans" / "tests")
    assert answer["ok"]
    assert answer["passed"] >= 6


def test_a_test_that_fails_is_told_with_its_place_to_people_and_machines(here: Path) -> None:
    file = here / "mine.yaml"
    acts = "[dial, {press: 1}, {expect: {end: voicemail}}]"
    file.write_text(f"flow: {FLOW}\ntests:\n  - name: never <so>\n    do: {acts}\n", encoding="utf-8")
    result = run("test", file, "--junit", here / "out" / "junit.xml")
    assert result.exit_code == 1
    assert f"FAIL  {file}:4: never <so>" in result.stdout
    assert "end is answered, not voicemail" in result.stdout
    suite = ElementTree.parse(here / "out" / "junit.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")
    failure = suite[0][0]
    assert failure.get("message") == "end is answered, not voicemail"
    assert told("test", file, code=1)["tests"][0]["steps"] == ["open", "today", "welcome", "person", "rate"]


def test_a_test_file_with_mistakes_fails_too(here: Path) -> None:
    file = here / "mine.yaml"
    file.write_text("flow: nowhere.yaml\ntests: [{name: a, do: [dial]}]\n", encoding="utf-8")
    answer = told("test", file, code=1)
    assert "cannot be read" in answer["errors"][0]["message"]
    file.write_text("tests: 5\n", encoding="utf-8")
    assert {"flow", "tests"} <= {error["key"] for error in told("test", file, code=1)["errors"]}
    assert run("test", here / "none.yaml").exit_code == 1


def test_a_flow_is_no_file_of_tests_and_the_other_way_round() -> None:
    [error] = told("test", FLOW, code=1)["errors"]
    assert "is a flow" in error["message"]
    [error] = told("check", FLOW.parent / "tests" / "12345.yaml", code=1)["errors"]
    assert "hotline flow test" in error["remedy"]


def test_a_terminal_without_chinese_is_no_reason_to_fail() -> None:
    program = Path(sys.executable).with_name("hotline")
    ascii_only = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([program, "flow", "show", FLOW], env=ascii_only, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert b"welcome" in done.stdout


# -- show and diff ----------------------------------------------------------------------------------------------------


def test_a_flow_is_shown_as_tree_mermaid_and_picture(here: Path) -> None:
    tree = run("show", FLOW).stdout
    assert "welcome" in tree
    assert "→ guides" in tree
    assert run("show", FLOW, "--mermaid").stdout.startswith("---\ntitle:")
    assert run("show", FLOW, "--svg", here / "flow.svg").exit_code == 0
    assert ElementTree.parse(here / "flow.svg").getroot().tag.endswith("svg")
    assert run("show", here / "none.yaml").exit_code == 1
    assert run("show", FLOW, "--svg", here / "no" / "where.svg").exit_code == 1


def test_what_changes_for_callers_is_told(here: Path) -> None:
    changed = here / "12345.yaml"
    changed.write_text(
        FLOW.read_text(encoding="utf-8").replace("2: self_service, 9:", "2: guides, 9:"), encoding="utf-8"
    )
    answer = told("diff", FLOW, changed)
    assert [change["text"] for change in answer["changes"]] == ["key 2 leads to guides instead of self_service"]
    assert "menu welcome: key 2 leads to guides" in run("diff", FLOW.parent, changed).stdout
    assert told("diff", FLOW, FLOW)["same"]
    assert not told("diff", FLOW, "000012", code=1)["ok"]
    assert not told("diff", "current", FLOW, code=1)["ok"]


# -- versions ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def versions(here: Path) -> Versions:
    shutil.copytree(ROOT / "dialplans", here / "dialplans")
    kept = Versions(Settings())
    flow = here / "dialplans" / "minimal.yaml"
    for hello in ("第一", "第二"):
        flow.write_text(
            flow.read_text(encoding="utf-8").replace("您好", hello).replace("第一", hello), encoding="utf-8"
        )
        assert kept.take() == []
    return kept


def test_versions_are_listed_compared_and_taken_back(here: Path, versions: Versions) -> None:
    assert [(one["version"], one["in_use"], one["changed"]) for one in told("versions")] == [
        ("000002", True, ["minimal.yaml"]), ("000001", False, []),
    ]  # fmt: skip
    [change] = told("diff", "1", "current")["changes"]
    assert "第二" in change["text"]
    result = run("back")
    assert result.exit_code == 0
    assert "hotline flow diff current edited" in result.stdout, "what to do about the edited files"
    assert versions.current.resolve().name == "000001"
    assert "第二" in (here / "dialplans" / "minimal.yaml").read_text(encoding="utf-8")
    assert not told("diff", "current", "edited")["same"]
    done = told("back", "000001", "--edited")
    assert "第二" in (Path(done["edited_kept_in"]) / "minimal.yaml").read_text(encoding="utf-8")
    assert told("diff", "current", "edited")["same"]


def test_a_version_that_is_not_there_is_told(versions: Versions) -> None:
    result = run("back", "9")
    assert result.exit_code == 2
    assert "there are: 000002, 000001" in result.output
    run("back")
    assert "no version before" in run("back").output


def test_a_version_that_a_newer_program_refuses_is_not_put_in_use(versions: Versions) -> None:
    flow = versions.version("1").folder / "minimal.yaml"
    flow.write_text(flow.read_text(encoding="utf-8").replace("do: say", "do: sing"), encoding="utf-8")
    result = run("back", "1")
    assert result.exit_code == 1
    assert "What ran before goes on" in result.output
    assert versions.current.resolve().name == "000002"


def test_loading_wants_a_running_service() -> None:
    assert run("load").exit_code == 3


# -- flows that call others -------------------------------------------------------------------------------------------

CITY = """
name: city
default: true
start: bills
person: person
prompts:
  ask: {zh: 请按1。}
steps:
  bills: {do: call, flow: FLOW, next: menu}
  menu: {do: menu, prompt: ask, choices: {1: person}}
  person: {do: queue, queue: general, nobody_staffed: end}
  end: {do: hangup}
"""
BILLS = """
name: bills
start: account
person: person
prompts:
  ask: {zh: 请输入户号。}
steps:
  account: {do: collect, prompt: ask, into: account, next: back}
  back: {do: return}
  person: {do: queue, queue: general, nobody_staffed: end}
  end: {do: hangup}
"""


def two_flows(here: Path, called: str = "bills") -> Path:
    (here / "city.yaml").write_text(CITY.replace("FLOW", called), encoding="utf-8")
    (here / "bills.yaml").write_text(BILLS, encoding="utf-8")
    return here / "city.yaml"


def test_a_flow_that_calls_another_is_tried_tested_and_shown_with_it(here: Path) -> None:
    city = two_flows(here)
    assert told("check", city)["ok"]
    call = told("try", city, "--digits", "77#,1")
    assert call["steps"] == ["bills", "bills.account", "bills.back", "menu", "person"]
    assert call["heard"][:2] == ["请输入户号。", "请按1。"]
    assert "flow bills" in run("show", city).stdout
    (here / "tests").mkdir()
    test = "flow: ../city.yaml\ntests: [{name: pays, do: [dial, {press: 77#}, {expect: {step: STEP}}, hang_up]}]"
    (here / "tests" / "city.yaml").write_text(test.replace("STEP", "menu"), encoding="utf-8")
    assert told("test", here / "tests")["passed"] == 1
    (here / "tests" / "city.yaml").write_text(test.replace("STEP", "bills.account"), encoding="utf-8")
    assert "step is menu, not bills.account" in told("test", here / "tests", code=1)["tests"][0]["message"]


@pytest.mark.parametrize("what", ["city.yaml", "."])
def test_a_called_flow_that_is_not_there_is_told_for_the_file_and_for_its_folder(here: Path, what: str) -> None:
    two_flows(here, "bils")
    [wrong] = told("check", here / what, code=1)["errors"]
    assert (Path(wrong["file"]).name, wrong["line"], wrong["column"]) == ("city.yaml", 9, 21)
    assert (wrong["message"], wrong["remedy"]) == ("there is no flow 'bils'", "did you mean 'bills'?")
    assert "there is no flow 'bils'" in run("try", here / "city.yaml", "--digits", "1").output
