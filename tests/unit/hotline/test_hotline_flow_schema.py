"""Schemas and reference page are made of the models, are what is shipped, and say the same as the checker."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from typer.testing import CliRunner

from agents import Directory
from hotline.categories import Categories
from hotline.cli.app import app
from hotline.cli.flow_schema import files
from hotline.directory_schema import directory_help
from ivr.beside import Calendars
from ivr.key_help import about, help_of
from ivr.model import Flow
from ivr.reference import reference
from ivr.schema import models_in
from ivr.source import read_source

ROOT = Path(__file__).parents[3]
DIALPLANS = ROOT / "dialplans"
_NO_FLOWS = ("directory.yaml", "prompts.yaml", "calendars.yaml", "categories.yaml")
FLOWS = sorted(path for path in DIALPLANS.glob("*.yaml") if path.name not in _NO_FLOWS)
REMEDY = "make it anew: .venv/bin/hotline flow schema --to dialplans/schema"


@pytest.mark.parametrize("name", ["flow.json", "directory.json", "calendars.json", "categories.json"])
def test_the_shipped_schema_is_that_of_the_models(name: str) -> None:
    assert (DIALPLANS / "schema" / name).read_text(encoding="utf-8") == files()[name], REMEDY


def test_the_reference_page_is_that_of_the_models() -> None:
    page = (ROOT / "docs" / "flow-reference.md").read_text(encoding="utf-8")
    assert page == reference(), "make it anew: .venv/bin/hotline flow schema --markdown > docs/flow-reference.md"


@pytest.mark.parametrize(
    ("root", "helped"), [(Flow, help_of), (Directory, directory_help), (Calendars, help_of), (Categories, help_of)]
)
def test_every_key_is_explained(root: Any, helped: Any) -> None:
    unsaid = [
        f"{kind.__name__}.{name}" for kind in models_in(root) for name in kind.model_fields if not helped(kind, name)
    ]
    assert not unsaid, "put a remark behind the field, or a description into it"
    assert all(about(kind) for kind in models_in(root))


@pytest.mark.parametrize(
    "path",
    [*FLOWS, *(DIALPLANS / name for name in ("directory.yaml", "calendars.yaml", "categories.yaml"))],
    ids=lambda path: path.name,
)
def test_editors_find_the_schema_of_each_shipped_file_and_nothing_wrong_in_it(path: Path) -> None:
    named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", path.read_text(encoding="utf-8"))
    assert named is not None
    schema = json.loads((path.parent / named[1]).read_text(encoding="utf-8"))
    wrong = [
        f"{list(error.absolute_path)}: {error.message}" for error in Draft7Validator(schema).iter_errors(_tree(path))
    ]
    assert not wrong


@pytest.mark.parametrize(("old", "new"), [
    ("do: menu", "do: mneu"), ("short: greeting_short", "shrot: greeting_short"), ("limit: 2", "limit: many"),
    ("default: true", "default: perhaps"), ("start: open\n", ""),
])  # fmt: skip
def test_an_editor_underlines_what_the_checker_refuses(tmp_path: Path, old: str, new: str) -> None:
    text = (DIALPLANS / "12345.yaml").read_text(encoding="utf-8")
    assert old in text
    flow = tmp_path / "flow.yaml"
    flow.write_text(text.replace(old, new), encoding="utf-8")
    assert list(Draft7Validator(json.loads(files()["flow.json"])).iter_errors(_tree(flow)))


def test_the_command_prints_and_writes_them(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["flow", "schema"])
    assert result.stdout == files()["flow.json"]
    assert CliRunner().invoke(app, ["flow", "schema", "--markdown"]).stdout == reference()
    assert CliRunner().invoke(app, ["flow", "schema", "--to", str(tmp_path / "s")]).exit_code == 0
    assert (tmp_path / "s" / "directory.json").read_text(encoding="utf-8") == files()["directory.json"]


def _tree(path: Path) -> Any:
    """Return a file as an editor reads it."""
    if path.name != "directory.yaml":
        return read_source(path).tree
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
