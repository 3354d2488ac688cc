"""``hotline flow check``: whatever it is given, it tells every mistake with its place, and never breaks or hangs."""

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from hotline.cli.app import app

ROOT = Path(__file__).parents[3]
FLOW = (ROOT / "dialplans" / "12345.yaml").read_text(encoding="utf-8")
HEAD = "name: x\nstart: a\nperson: a\n"
LONGEST_S = 30.0  # for one file, on a machine that is shared


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith("HOTLINE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOTLINE_CONFIG", "")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["flow", "check", *map(str, words)])


def report(*words: object, code: int | None = None) -> Any:
    result = run(*words, "--json")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    told = json.loads(result.stdout)
    assert result.exit_code == (0 if told["ok"] else 1) if code is None else result.exit_code == code
    for mistake in [*told["errors"], *told["warnings"]]:
        assert mistake["file"]
        assert mistake["line"] >= 1
        assert mistake["column"] >= 1
        assert mistake["message"]
    return told


def test_the_shipped_flows_are_right_from_anywhere() -> None:
    told = report(ROOT / "dialplans", code=0)
    assert (told["errors"], told["warnings"], told["notes"]) == ([], [], [])
    assert told["files"] >= 2


def test_a_mistake_is_shown_with_its_line_and_a_caret_below_it(here: Path) -> None:
    flow = here / "flow.yaml"
    flow.write_text(FLOW.replace("choices: {1: person, 2: self", "choices: {1: persn, 2: self"), encoding="utf-8")
    result = run(flow, "--directory", ROOT / "dialplans" / "directory.yaml")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if "there is no step 'persn'" in line)
    assert lines[at].startswith("error: " + str(flow))
    assert lines[at + 1][lines[at + 2].index("^")] == "1"
    assert lines[at + 3].strip() == "did you mean 'person'?"


def test_the_caret_stands_right_behind_wide_characters(here: Path) -> None:
    flow = here / "flow.yaml"
    flow.write_text(
        FLOW.replace("  nobody:\n    zh:", "  nobody: {zh: 您好您好, enn: x}\n  nobody2:\n    zh:"), encoding="utf-8"
    )
    lines = run(flow).stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if "prompts.nobody.enn" in line)
    before = lines[at + 1][: lines[at + 1].index("enn")]
    assert lines[at + 2].index("^") == len(before) + 4  # four wide characters


def test_both_kinds_of_mistakes_come_in_one_run(here: Path) -> None:
    shutil.copytree(ROOT / "dialplans", here / "plans")
    flow = here / "plans" / "12345.yaml"
    flow.write_text(FLOW.replace("short: greeting", "shrot: greeting").replace("queue: english", "queue: englsh")
                    .replace("3: mailbox", "3: malbox"), encoding="utf-8")  # fmt: skip
    keys = {mistake["key"] for mistake in report(here / "plans", code=1)["errors"]}
    assert {"steps.welcome.shrot", "steps.person_en.queue", "steps.self_service.choices.3"} <= keys


def test_without_a_directory_queues_are_not_judged_and_that_is_said(here: Path) -> None:
    flow = here / "flow.yaml"
    flow.write_text(FLOW.replace("queue: general", "queue: elsewhere"), encoding="utf-8")
    told = report(flow, code=0)
    assert any("directory.yaml" in note for note in told["notes"])
    told = report(flow, "--directory", ROOT / "dialplans" / "directory.yaml", code=1)
    assert "'elsewhere'" in told["errors"][0]["message"]


def test_the_directory_beside_the_flow_counts_and_its_mistakes_are_told(here: Path) -> None:
    shutil.copytree(ROOT / "dialplans", here / "plans")
    directory = here / "plans" / "directory.yaml"
    directory.write_text(
        directory.read_text(encoding="utf-8").replace("ring_s: 20", "ring_s: many", 1), encoding="utf-8"
    )
    told = report(here / "plans" / "12345.yaml", code=1)
    assert told["errors"][0]["file"] == str(directory)
    assert told["errors"][0]["column"] == 5, "the key is indented by four"
    assert report(directory, code=1)["errors"][0]["file"] == str(directory)


def test_flows_of_an_installation_that_claim_one_number_do_not_go_together(here: Path) -> None:
    shutil.copytree(ROOT / "dialplans", here / "plans")
    minimal = here / "plans" / "minimal.yaml"
    minimal.write_text(minimal.read_text(encoding="utf-8").replace("12340", "12345"), encoding="utf-8")
    assert "is answered already" in report(here / "plans", code=1)["errors"][0]["message"]
    (here / "plans" / "directory.yaml").unlink()  # now it is a mere collection
    told = report(here / "plans")
    assert not [one for one in told["errors"] if "answered already" in one["message"]]


def test_other_options_are_wrong_usage(here: Path) -> None:
    assert run("--nonsense").exit_code == 2
    assert run(here, "--directory", here / "none.yaml").exit_code == 2


Spoil = Callable[[Path], None]


def _text(text: str, encoding: str = "utf-8") -> Spoil:
    return lambda path: path.write_bytes(text.encode(encoding))


BROKEN: dict[str, tuple[Spoil, str]] = {
    "missing": (lambda path: None, "cannot be read"),
    "a folder": (lambda path: path.mkdir(), "holds no flow"),
    "empty": (_text(""), "is empty"),
    "only remarks": (_text("# nothing\n"), ""),
    "a list": (_text("- a\n- b\n"), "is not a list of 'key: value' lines"),
    "a word": (_text("hello"), "is not a list of 'key: value' lines"),
    "utf-16": (_text(FLOW, "utf-16"), "is not UTF-8 text"),
    "utf-16 without mark": (_text("name: x\n", "utf-16-le"), "is not UTF-8 text"),
    "gbk": (_text("name: 您好\n", "gbk"), "is not UTF-8 text"),
    "binary": (lambda path: path.write_bytes(bytes(range(256)) * 400), "is not UTF-8 text"),
    "zeros": (lambda path: path.write_bytes(b"\0" * 5000), "is not UTF-8 text"),
    "ten megabytes": (lambda path: path.write_bytes(b"a: 1\n" * 2_000_000), "is larger than"),
    "a doubled key": (_text(FLOW.replace("start: open", "start: open\nstart: open")), "is there already, in line"),
    "tabs": (_text(FLOW.replace("    prompt: greeting\n", "\tprompt: greeting\n")), "a tab cannot be used"),
    "an alias bomb": (_text("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"), "begins with & or *"),
    "a merge": (_text(HEAD + "steps: {a: {<<: {do: hangup}}}\n"), "a key must be a plain word"),
    "a tag": (_text("name: !!python/object/apply:os.system [ls]\n"), "begins with '!'"),
    "two documents": (_text("a: 1\n---\nb: 2\n"), "a second document"),
    "deep brackets": (_text("a: " + "[" * 60_000), "nested too deeply"),
    "deep lines": (_text("".join(" " * i + "a:\n" for i in range(300))), "nested too deeply"),
    "an open quote": (_text(FLOW.replace('name: "12345"', 'name: "12345')), ""),
    "wrong types": (_text("name: [1]\nnumbers: {a: 1}\nsteps: [1, 2]\nprompts: 7\nstart: 1.5\nperson: null\n"), ""),
    "numbers": (_text(HEAD + f"version: {'9' * 9000}\nsteps: {{a: {{do: hangup}}}}\n"), ""),
    "thousands of unknown keys": (_text("".join(f"k{i}: 1\n" for i in range(9000))), "is not known here"),
    "thousands of dangling names": (
        _text(HEAD + "steps:\n" + "".join(f"  s{i}: {{do: goto, next: q{i}}}\n" for i in range(3000))),
        "there is no step"),
    "thousands of time zones": (
        _text(HEAD + "steps:\n" + "".join(
            f"  h{i}: {{do: hours, zone: Mars/M{i}, open: [], when_open: a, when_closed: a}}\n" for i in range(1000))),
        "there is no time zone"),
    "a loop without input": (
        _text(HEAD + "steps:\n  a: {do: queue, queue: general, nobody_staffed: b}\n  b: {do: goto, next: b}\n"),
        "goes round"),
    "nobody to talk to": (_text(HEAD + "steps: {a: {do: hangup}}\n"), "does not lead to a queue"),
    "surrogates": (lambda path: path.write_bytes(b"name: \xed\xa0\x80\n"), "is not UTF-8 text"),
    "control characters": (_text("name: a\x07b\n"), "cannot be used"),
    "a link to nowhere": (lambda path: path.symlink_to("nowhere"), "cannot be read"),
    "a link to itself": (lambda path: path.symlink_to(path), "cannot be read"),
    "a pipe": (os.mkfifo, "is not a file"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_told_and_nothing_breaks_or_hangs(here: Path, name: str) -> None:
    spoil, words = BROKEN[name]
    flow = here / "flow.yaml"
    spoil(flow)
    began = time.monotonic()
    told = report(flow, code=1)
    assert time.monotonic() - began < LONGEST_S
    assert any(words in mistake["message"] for mistake in told["errors"]), told["errors"][:3]


def test_in_the_terminal_a_broken_file_is_told_in_words_too(here: Path) -> None:
    for name in ("binary", "a doubled key", "tabs", "wrong types", "control characters", "missing"):
        flow = here / f"{name}.yaml".replace(" ", "_")
        BROKEN[name][0](flow)
        result = run(flow)
        assert result.exit_code == 1
        assert result.stdout.startswith(f"error: {flow}:")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_told(here: Path) -> None:
    flow = here / "flow.yaml"
    flow.write_text(FLOW, encoding="utf-8")
    flow.chmod(0)
    assert "cannot be read" in report(flow, code=1)["errors"][0]["message"]


@pytest.mark.parametrize("written", [
    FLOW.replace("\n", "\r\n").encode(), b"\xef\xbb\xbf" + FLOW.encode(), FLOW.rstrip("\n").encode(),
], ids=["CRLF", "BOM", "no newline at the end"])  # fmt: skip
def test_what_editors_do_to_a_file_does_no_harm(here: Path, written: bytes) -> None:
    flow = here / "flow.yaml"
    flow.write_bytes(written)
    assert report(flow, code=0)["ok"]
