"""docs/flows.md shows nothing that does not work: each example is loaded, each shown mistake is made and told."""

import json
import re
from pathlib import Path

import pytest
from ivr_flow_texts import DIALPLANS, SYSTEM

from agents import load_directory
from agents.loader import parse_directory
from ivr import FlowErrors, Known, parse_flow
from ivr.source import parse_source
from ivr.steps import STEPS

PAGE = (Path(__file__).parents[3] / "docs" / "flows.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
CITY = (DIALPLANS / "12345.yaml").read_text(encoding="utf-8")
DIRECTORY = load_directory(DIALPLANS / "directory.yaml")
HOTLINES = frozenset(key for key, department in DIRECTORY.departments.items() if department.hotline)
KNOWN = Known(
    frozenset(DIRECTORY.queues), frozenset(DIRECTORY.skills), frozenset(DIRECTORY.departments), SYSTEM.names, HOTLINES
)
SHOWN = [
    ("short: greeting_short", "shrot: greeting_short"),
    ("choices: {1: person,", "choices: {1: persn,"),
    ("zone: Asia/Shanghai", "zone: Asia/Shangai"),
]


def tree(text: str) -> dict:
    return parse_source(text.encode(), "example").tree


@pytest.mark.parametrize("block", BLOCKS, ids=[block.splitlines()[0] + str(i) for i, block in enumerate(BLOCKS)])
def test_an_example_works_where_it_is_pasted(block):
    if block.startswith("# directory.yaml"):
        whole = (DIALPLANS / "directory.yaml").read_text(encoding="utf-8")
        pasted = whole.replace("departments:", block.partition("\n")[2].rstrip() + "\n#", 1)
        assert "gas" in parse_directory(pasted, "directory.yaml").departments
        return
    example = tree(block)
    if "name" not in example:  # steps and prompts for the city's flow
        city = tree(CITY)
        for part in ("prompts", "steps"):
            city[part] |= example.get(part, {})
        example = city
    assert parse_flow(json.dumps(example, ensure_ascii=False), KNOWN).flow.name


@pytest.mark.parametrize(("right", "wrong"), SHOWN)
def test_a_mistake_that_is_shown_is_told_in_just_these_words(right, wrong):
    assert right in CITY
    with pytest.raises(FlowErrors) as caught:
        parse_flow(CITY.replace(right, wrong, 1), KNOWN, "dialplans/12345.yaml")
    (mistake,) = caught.value.mistakes
    told = str(mistake).replace(f":{mistake.line}:{mistake.column}:", ":")
    assert told in re.sub(r"yaml:\d+:\d+:", "yaml:", PAGE)


def test_every_kind_of_step_and_each_of_its_keys_is_explained():
    for name, step in STEPS.items():
        assert re.search(rf"\b{name}\b", PAGE), name
        for key, field in step.model_fields.items():
            if key != "do":
                assert f"`{field.alias or key}" in PAGE or f", `{key}`" in PAGE or f"{key}:" in PAGE, f"{name}.{key}"


def test_the_page_shows_examples_of_every_kind_of_step():
    shown = {step["do"] for block in BLOCKS for step in tree(block).get("steps", {}).values()}
    assert shown == set(STEPS)
