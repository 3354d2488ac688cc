"""Scenarios as files: what is right is taken, what is wrong is told with its line and a remedy."""

import json
from pathlib import Path

import jsonschema
import pytest
import soundfile
from pydantic import ValidationError
from ruamel.yaml import YAML

from simulator.scenario import ScenarioMistakes, read_accounts, read_scenario, scenario_schema
from simulator.scenario.steps import Press, Talk

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = sorted((ROOT / "scenarios").glob("*.yaml"))
GOOD = """name: good
arrivals: {kind: poisson, rate: 2}
callers:
  patient:
    steps:
      - {hear: sound, within: 3}
      - press: "1"
      - {hear: agent, patience: exp(120), of: [quick]}
      - talk: normal(180, 60)
      - hang_up: true
agents:
  quick: {count: 2, answers_after: 1-3}
limits: {failed: 0}
"""


def mistakes(folder: Path, text: str) -> str:
    file = folder / "s.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioMistakes) as caught:
        read_scenario(file)
    return str(caught.value).replace(str(folder) + "/", "")


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_every_shipped_scenario_can_be_lived_and_fits_the_schema(file: Path) -> None:
    scenario = read_scenario(file).scenario
    assert scenario.name == file.stem
    assert scenario.limits.model_dump(exclude_none=True), "a scenario without a limit proves nothing"
    jsonschema.validate(YAML(typ="safe").load(file.read_text(encoding="utf-8")), json.loads(scenario_schema()))


def test_the_schema_beside_the_scenarios_is_the_present_one() -> None:
    assert (ROOT / "scenarios" / "schema" / "scenario.json").read_text(encoding="utf-8") == scenario_schema()


def test_a_good_scenario_is_taken_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(GOOD, encoding="utf-8")
    scenario = read_scenario(tmp_path / "s.yaml").scenario
    assert [type(step).__name__ for step in scenario.callers["patient"].steps] == [
        "Hear", "Press", "Hear", "Talk", "HangUp",
    ]  # fmt: skip
    assert scenario.agents["quick"].count == 2


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        ("press:", "pres:", "s.yaml:7: callers.patient.steps[2]: this is no step: each has one of hear, press, wait"),
        ('press: "1"', 'press: "1x"', "s.yaml:7: callers.patient.steps[2].press: '1x' cannot be pressed"),
        ("hear: sound", "hear: noise", "s.yaml:6: callers.patient.steps[1].hear: 'noise' cannot be heard: write sound"),
        ("normal(180, 60)", "long", "s.yaml:9: callers.patient.steps[4].talk: 'long' is no duration: write 5, 3-8"),
        ("patience: exp(120)", "patience: normal(9, 3)", "in braces it needs quotes"),
        ("of: [quick]", "of: [slow]", "there are no agents of the kind slow; there are: quick"),
        ("rate: 2", "rate: 1000", "s.yaml:2: arrivals.rate: input should be less than or equal to 400"),
        ("rate: 2", "rate: 51", "s.yaml:2: arrivals: rate is 51 calls a second: write at most 50, or saturate: true"),
        (
            "arrivals: {kind: poisson, rate: 2}",
            "arrivals: {kind: steps, first: 2, by: 2, every_s: 9, last: 60}",
            "s.yaml:2: arrivals: last is 60 calls a second: write at most 50",
        ),
        (
            "arrivals: {kind: poisson, rate: 2}",
            "arrivals: {kind: ramp, first: 70, last: 2, over_s: 9}",
            "s.yaml:2: arrivals: first is 70 calls a second: write at most 50",
        ),
        ("name: good", "name: good\nmax_concurrent: 501", "s.yaml:2: max_concurrent: 501 callers at a time: write at"),
        ("name: good", "name: good\nsaturate: true\nmax_concurrent: 2001", "s.yaml:3: max_concurrent: input should be"),
        ("name: good", "name: good\nsaturate: perhaps", "s.yaml:2: saturate: input should be a valid boolean"),
        ("name: good\n", "", "s.yaml:1: name: is missing"),
        ("count: 2", "cuont: 2", "s.yaml:12: agents.quick.cuont: there is no such key"),
        ("hear: sound", "hear: gone.wav", "there is no file gone.wav beside it"),
        ("      - hang_up: true\n", "      - hang_up: true\n      - wait: 1\n", "nothing can be done then"),
        ("hear: sound", "hear: s.yaml.wav", "s.yaml: s.yaml.wav is no sound file"),
        ("hear: sound", "hear: empty.wav", "s.yaml: empty.wav is no sound file, or an empty one"),
        (
            "    steps:\n",
            "    limits: {doubled: 0}\n    steps:\n",
            "s.yaml:5: callers.patient.limits: doubled: meas",
        ),
        (
            "    steps:\n",
            "    limits: {simulator_late_p99_ms: 9}\n    steps:\n",
            "of the whole run only: write it under the scenario's own limits",
        ),
        (
            "{kind: poisson, rate: 2}",
            '{kind: day, file: d.csv, begins: "10:00", ends: "09:00"}',
            "s.yaml:2: arrivals.ends: 09:00 is not after begins (10:00)",
        ),
        (
            "{kind: poisson, rate: 2}",
            '{kind: day, file: d.csv, ends: "24:30"}',
            "s.yaml:2: arrivals.ends: '24:30' is no time of day: write HH:MM",
        ),
        ("callers:", "callers: &all", "s.yaml:3: not valid YAML: names (& and *) are not used here"),
        ("  patient:\n", "  patient:\n\t", "s.yaml:5: not valid YAML"),
        ("count: 2", "count: 301", "s.yaml:12: agents.quick.count: input should be less than or equal to 300"),
        (
            "{count: 2",
            "{media: none, count: 2",
            "callers.patient, step 3: quick cannot be heard, for their",
        ),
        ("{count: 2", "{in_talk: {steps: [{talk: 3}]}, count: 2", "step 1 is one of callers"),
        ('press: "1"', "press: 1_0", "s.yaml:7: callers.patient.steps[2].press: '1_0' cannot be pressed: write digits"),
        ('press: "1"', "press: 0x1F", "'0x1F' cannot be pressed: write digits"),
        ('press: "1"', "press: 1.0", "'1.0' cannot be pressed: write digits"),
        ('press: "1"', "press:", "steps[2].press: nothing stands here: write a text; digits in quotes"),
        ("name: good", "name: good\nnumber: 0123", "s.yaml:2: number: this is no text: write a text; digits in quotes"),
        ("name: good", "name: good\ncalls: true", "s.yaml:2: calls: true is neither a number nor a text: write what"),
        ("within: 3", "within: true", "s.yaml:6: callers.patient.steps[1].within: true is neither a number"),
        ("{failed: 0}", "{failed: false}", "s.yaml:13: limits.failed: false is neither a number"),
        (
            "count: 2",
            "count: 2, misses: 0.7, declines: 0.7",
            "s.yaml:12: agents.quick: misses (0.7) and declines (0.7)",
        ),
        (
            "{kind: poisson, rate: 2}",
            "{kind: steps, first: 10, by: 1, every_s: 4, last: 2}",
            "s.yaml:2: arrivals: last (2) is below first (10), and steps rise: write 10 or more as last",
        ),
        (
            "name: good\narrivals: {kind: poisson, rate: 2}",
            "name: good\nsaturate: true\narrivals: {kind: steps, first: 60, by: 1, every_s: 4}",
            "s.yaml:3: arrivals: last (50, unless it is written) is below first (60)",
        ),
        (
            "{kind: poisson, rate: 2}",
            '{kind: day, file: day.csv, begins: "10:00", ends: "11:00"}',
            "s.yaml: arrivals: day.csv has no call from 10:00 to 11:00: choose other hours",
        ),
        ("kind: poisson", "kind: poison", "s.yaml:2: arrivals: there is no kind 'poison': did you mean 'poisson'?"),
        ("kind: poisson, ", "", "s.yaml:2: arrivals: does not say which kind of arrivals: write {kind: ...} with one"),
        ("{kind: poisson, rate: 2}", "2", "s.yaml:2: arrivals: does not say which kind of arrivals"),
        ("rate: 2", "rat: 2", "s.yaml:2: arrivals.rat: there is no such key: did you mean 'rate'?"),
        ("name: good", "name: good\nclals: 9", "s.yaml:2: clals: there is no such key: did you mean 'calls'?"),
        ("within: 3", "withn: 3", "steps[1].withn: there is no such key: did you mean 'within'?"),
        ("within: 3", "xyz: 3", "steps[1].xyz: there is no such key: there are hear, within, patience, of"),
        ("within: 3", "press: 3", "steps[1].press: there is no such key: press is a step of its own"),
        ("{failed: 0}", "{faild: 0}", "s.yaml:13: limits.faild: there is no such key: did you mean 'failed'?"),
        ("press:", "pres:", "hang_up; did you mean 'press'?"),
        ("  patient:\n", "  patient: {prefix: x, steps: [{wait: 1}]}\n  b:\n", "write one to eight digits, in quotes"),
        (
            "name: good",
            "name: so good",
            "s.yaml:1: name: 'so good' is no name: write letters, digits, - and _, at most",
        ),
        ("callers:\n", "callers:\n  1: {steps: []}\n", "s.yaml:4: callers.1.steps: there is nothing in it: write at"),
        ("count: 2", "count: two", "unable to parse string as an integer: write a whole number"),
        ("hang_up: true", "hang_up: false", "steps[5].hang_up: false cannot be written here: write true"),
        (
            "name: good",
            "name: good\nmedia: loud",
            "media: loud cannot be written here: write 'full', 'digits' or 'none'",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_to_write(
    tmp_path: Path, written: str, instead: str, told: str
) -> None:
    assert written in GOOD
    (tmp_path / "s.yaml.wav").write_text("no sound at all", encoding="utf-8")
    soundfile.write(tmp_path / "empty.wav", [], 8000)
    (tmp_path / "day.csv").write_text("at,calls\n08:00,9\n10:00,0\n", encoding="utf-8")
    assert told in mistakes(tmp_path, GOOD.replace(written, instead, 1))


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ("[{pres: 1}]", "s.yaml:2: callers.a.steps[1]: this is no step"),
        ("{hear: sound}", "s.yaml:2: callers.a.steps: this is no list: write a list"),
        ("", "s.yaml:2: callers.a.steps: nothing stands here: write a list"),
        ("[]", "s.yaml:2: callers.a.steps: there is nothing in it: write at least one"),
    ],
)
def test_one_mistake_is_told_once(tmp_path: Path, steps: str, told: str) -> None:
    found = mistakes(tmp_path, f"name: x\ncallers: {{a: {{steps: {steps}}}}}\n")
    assert found.startswith(told)
    assert "\n" not in found


@pytest.mark.parametrize("digits", ["1", "012", "007", "00", "1234567", "12345678901234567890"])
def test_digits_without_quotes_are_pressed_as_they_are_written(tmp_path: Path, digits: str) -> None:
    (tmp_path / "s.yaml").write_text(GOOD.replace('press: "1"', f"press: {digits}"), encoding="utf-8")
    assert read_scenario(tmp_path / "s.yaml").scenario.callers["patient"].steps[1] == Press(press=digits)


@pytest.mark.parametrize("number", [1.0, -1, 1234567.5])
def test_a_number_of_which_the_writing_is_not_known_is_pressed_only_if_it_is_whole(number: float) -> None:
    assert Press.model_validate({"press": 1234567}).press == "1234567"
    with pytest.raises(ValidationError, match="could be meant otherwise: write the digits in quotes"):
        Press.model_validate({"press": number})


@pytest.mark.parametrize(
    ("written", "seconds"), [("012", "12"), ("1.50", "1.5"), ("1e3", "1000"), ("1234567.25", "1234567.25")]
)
def test_a_duration_is_a_number_however_it_is_written(tmp_path: Path, written: str, seconds: str) -> None:
    (tmp_path / "s.yaml").write_text(GOOD.replace("normal(180, 60)", written), encoding="utf-8")
    talk = read_scenario(tmp_path / "s.yaml").scenario.callers["patient"].steps[3]
    assert isinstance(talk, Talk)
    assert talk.talk == seconds


def test_steps_that_end_where_they_begin_and_agents_who_never_answer_can_be_meant(tmp_path: Path) -> None:
    text = GOOD.replace("{kind: poisson, rate: 2}", "{kind: steps, first: 2, by: 1, every_s: 4, last: 2}")
    (tmp_path / "s.yaml").write_text(text.replace("count: 2", "count: 2, misses: 0.7, declines: 0.3"), encoding="utf-8")
    assert read_scenario(tmp_path / "s.yaml").scenario.agents["quick"].declines == 0.3


@pytest.mark.parametrize(
    "text", ["", "- 1", "\x00", "a: [", "name: x\nname: y", "[" * 3000, "callers: {a: {steps: 3}}"]
)
def test_what_is_no_scenario_is_a_mistake_never_a_traceback(tmp_path: Path, text: str) -> None:
    assert mistakes(tmp_path, text).startswith("s.yaml")


def test_accounts_that_are_too_few_are_told_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "seats.csv").write_text("account,secret,agent,pin\n1001,x,2001,123456\n", encoding="utf-8")
    assert read_accounts(tmp_path / "seats.csv")[0].pin == "123456"
    text = GOOD.replace("count: 2", "count: 2, accounts: seats.csv")
    assert "agents.quick: 2 are wanted, but seats.csv has 1" in mistakes(tmp_path, text)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (",,,", r"seats\.csv:4: there is no account: .* leave the line out$"),
        (",x,2002,1", r"seats\.csv:4: there is no account: "),
        ("1002,,2002,1", r"seats\.csv:4: account 1002 has no secret: write its SIP password$"),
        ("1002", r"seats\.csv:4: account 1002 has no secret: "),
        ("1002,  ", r"seats\.csv:4: account 1002 has no secret: "),
    ],
)
def test_accounts_that_cannot_register_are_told_with_their_line(tmp_path: Path, row: str, told: str) -> None:
    seats = tmp_path / "seats.csv"
    seats.write_text(f"account,secret,agent,pin\n\n1001,x,2001,1\n{row}\n1003,x\n\n", encoding="utf-8")
    with pytest.raises(ScenarioMistakes, match=told):
        read_accounts(seats)
    seats.write_text(seats.read_text(encoding="utf-8").replace(f"{row}\n", ""), encoding="utf-8")
    assert [plan.account for plan in read_accounts(seats)] == ["1001", "1003"], "blank lines are nobody's"
