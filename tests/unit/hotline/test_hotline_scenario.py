"""``hotline simulate SCENARIO.yaml`` and its sisters: words left out, files written, targets refused."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hotline.cli import scenario as scenarios
from hotline.cli.app import app
from simulator.scenario import Run
from simulator.scenario.record import CallRecord, Went

TEXT = """name: small
calls: 3
callers: {any: {steps: [{wait: 1}, {hang_up: true}]}}
limits: {failed: 0}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.yaml").write_text(TEXT, encoding="utf-8")
    return tmp_path


@pytest.fixture
def lived(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """Runs are pretended: what they were asked for is kept. Call 0 goes as its scenario's seed says."""
    seen: list[dict[str, object]] = []

    async def pretended(read, plans, **how) -> Run:
        seen.append({"scenario": read.scenario, "plans": plans, **how})
        went = Went.DONE if read.scenario.seed == 1 else Went.FAILED
        return Run(read.scenario, how["target"], seconds=1.0, records=[CallRecord(0, "any", "138", 0.0, went=went)])

    monkeypatch.setattr(scenarios, "run_scenario", pretended)
    return seen


def command(*words: str):
    return CliRunner().invoke(app, ["simulate", *words])


def test_a_scenario_s_file_is_enough_and_all_forms_are_written(here: Path, lived: list) -> None:
    told = command(
        "small.yaml", "--target", "sip:127.0.0.1:5070", "--html", "a/r.html", "--json", "r.json", "--csv", "r.csv",
        "--junit", "r.xml", "--calls", "2",
    )  # fmt: skip
    assert told.exit_code == 0, told.output
    assert "passed: every stated limit was kept" in told.stdout
    assert [(here / name).exists() for name in ("a/r.html", "r.json", "r.csv", "r.xml")] == [True] * 4
    (asked,) = lived
    assert (asked["target"], asked["scenario"].calls) == (("127.0.0.1", 5070), 2)
    assert asked["allow_remote"] is False


@pytest.mark.parametrize("words", [("small.yaml", "--json"), ("--json", "small.yaml"), ("run", "small.yaml", "--json")])
def test_json_without_a_file_goes_to_the_terminal(here: Path, lived: list, words: tuple[str, ...]) -> None:
    told = command(*words, "--target", "sip:127.0.0.1:5070")
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["verdict"] == "passed"


def test_a_missed_limit_leaves_with_1_and_its_name(here: Path, lived: list) -> None:
    told = command("small.yaml", "--target", "sip:127.0.0.1:5070", "--seed", "2", "--json", "r.json")
    assert told.exit_code == 1
    assert "limit missed: failed: 1, allowed 0" in told.stderr
    assert json.loads((here / "r.json").read_text(encoding="utf-8"))["verdict"] == "failed"


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("sip:192.0.2.7:5060", "192.0.2.7 is not this machine"),
        ("5060", "is no SIP address: write sip:127.0.0.1:5060"),
        ("sip:127.0.0.1;transport=ws", "transport=ws is not spoken: udp, tcp, tls are"),
    ],
)
def test_targets_that_must_not_or_cannot_be_called_are_refused(here: Path, target: str, told: str) -> None:
    result = command("small.yaml", "--target", target)
    assert result.exit_code == 2
    assert told in result.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--calls", "10000000"), "--calls 10000000: input should be less than or equal to 100000"),
        (("--calls", "100001"), "less than or equal to 100000"),
    ],
)
def test_options_are_bounded_as_the_file_is(here: Path, lived: list, words: tuple[str, ...], told: str) -> None:
    result = command("small.yaml", "--target", "sip:127.0.0.1:5070", *words)
    assert result.exit_code == 2
    assert told in result.stderr
    assert lived == [], "it was lived all the same"


def test_a_target_that_cannot_be_found_is_told_with_a_remedy(here: Path, lived: list) -> None:
    result = command("small.yaml", "--target", "sip:no-such-host.invalid", "--allow-remote")
    assert result.exit_code == 2
    assert "--target: no-such-host.invalid cannot be reached from here" in result.stderr
    assert lived == []


def test_our_own_address_is_the_one_that_is_named(here: Path, lived: list) -> None:
    command("small.yaml", "--target", "sip:127.0.0.1:5070", "--local-host", "127.0.0.2")
    assert lived[0]["local_host"] == "127.0.0.2"


def test_agents_elsewhere_need_accounts(here: Path) -> None:
    (here / "seats.yaml").write_text(TEXT + "agents: {a: {count: 1}}\n", encoding="utf-8")
    result = command("seats.yaml", "--target", "sip:127.0.0.1:5070")
    assert result.exit_code == 2
    assert "agents.a: with --target each kind of agents needs accounts" in result.stderr


def test_departments_that_the_hotline_could_never_call_are_refused_with_the_remedy(here: Path) -> None:
    (here / "three.yaml").write_text(TEXT + "departments: {exchange: {tone: 2100}}\n", encoding="utf-8")
    told = command("three.yaml")
    assert told.exit_code == 2
    assert "departments.exchange: this hotline has no department trunk" in told.stderr
    assert "department_trunk" in told.stderr


def test_check_tells_each_mistake_with_its_place_and_leaves_with_1(here: Path) -> None:
    (here / "wrong.yaml").write_text(TEXT.replace("wait", "wate"), encoding="utf-8")
    result = command("check", "small.yaml", "wrong.yaml", "gone.yaml")
    assert result.exit_code == 1
    assert "small.yaml: small: 1 kinds of callers, 0 agents" in result.stdout
    assert "wrong.yaml:3: callers.any.steps[1]: this is no step" in result.stderr
    assert "gone.yaml: cannot be read" in result.stderr
    assert json.loads(command("check", "small.yaml", "--json").stdout) == {"checked": 1, "mistakes": []}


def test_two_reports_are_compared(here: Path, lived: list) -> None:
    for name, seed in (("a", "1"), ("b", "2")):
        command("small.yaml", "--target", "sip:127.0.0.1:5070", "--seed", seed, "--json", f"{name}.json")
    result = command("compare", "a.json", "b.json", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert {"name": "failed_share", "first": 0.0, "second": 1.0, "ratio": None} in told["figures"]
    assert told["remarks"] == ["seed: 1 against 2", "second: a limit was missed: failed: 1, allowed 0"]
    assert "failed_share" in command("compare", "a.json", "b.json").stdout
    (here / "no.json").write_text("[]", encoding="utf-8")
    assert command("compare", "a.json", "no.json").exit_code == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"report": 1}', "no.json is no report: write one with"),
        ("[1]", "no.json is no report"),
        ("[" * 100_000, "no.json is no report"),
        ('{"report": 9}', "no.json is a report of another version (9)"),
    ],
)
def test_what_is_nearly_a_report_is_told_never_a_traceback(here: Path, lived: list, text: str, told: str) -> None:
    command("small.yaml", "--target", "sip:127.0.0.1:5070", "--json", "a.json")
    (here / "no.json").write_text(text, encoding="utf-8")
    for files in (("a.json", "no.json"), ("no.json", "a.json")):
        result = command("compare", *files)
        assert (result.exit_code, told in result.stderr) == (2, True), result.output


@pytest.mark.parametrize("without", ["scenario", "target", "stopped", "kinds", "limits_missed", "simulator", "doubts"])
def test_a_report_of_which_a_part_is_missing_is_no_report(here: Path, lived: list, without: str) -> None:
    command("small.yaml", "--target", "sip:127.0.0.1:5070", "--json", "a.json")
    report = json.loads((here / "a.json").read_text(encoding="utf-8"))
    del (report["simulator"] if without == "doubts" else report)[without]
    (here / "no.json").write_text(json.dumps(report), encoding="utf-8")
    result = command("compare", "a.json", "no.json")
    assert (result.exit_code, "no.json is no report" in result.stderr) == (2, True), result.output


def test_the_help_of_both_ways_can_be_read(here: Path) -> None:
    assert "--rate" in command("load", "--help").stdout
    assert "--target" in command("run", "--help").stdout
    assert "compare" in command("--help").stdout


def test_a_host_that_nobody_knows_is_a_mistake_with_a_remedy(here: Path) -> None:
    told = command(
        "small.yaml", "--target", "sip:no-such-host.invalid", "--allow-remote", "--local-host", "127.0.0.1"
    )  # fmt: skip
    assert told.exit_code == 2, told.output
    assert "no-such-host.invalid has no IPv4 address that is known here" in told.stderr
    assert "is the name right?" in told.stderr
