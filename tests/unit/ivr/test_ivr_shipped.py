"""The flows that ship: each is right, without a doubt, and says what its remarks promise."""

import pytest
from ivr_flow_texts import DIALPLANS, SYSTEM

from agents import load_directory
from ivr import Known, load_flow
from ivr.beside import beside
from ivr.steps import Hours, Menu, Queue, Transfer

DIRECTORY = load_directory(DIALPLANS / "directory.yaml")
HOTLINES = frozenset(key for key, department in DIRECTORY.departments.items() if department.hotline)
KNOWN, MISTAKES, DOUBTS = beside(
    DIALPLANS,
    Known(
        frozenset(DIRECTORY.queues), frozenset(DIRECTORY.skills), frozenset(DIRECTORY.departments), SYSTEM.names,
        HOTLINES,
    ),
)  # fmt: skip
FLOWS = [*(DIALPLANS / f"{name}.yaml" for name in ("12345", "minimal", "standard")), DIALPLANS / "examples/merged.yaml"]


def flow(name: str):
    return load_flow(DIALPLANS / f"{name}.yaml", KNOWN).flow


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: path.stem)
def test_a_shipped_flow_has_no_mistake_and_leaves_no_doubt(path):
    assert (MISTAKES, DOUBTS) == ([], [])
    assert load_flow(path, KNOWN).warnings == ()
    assert any(line.startswith("# ") for line in path.read_text(encoding="utf-8").splitlines()[1:4]), "no remarks"


def test_the_smallest_flow_has_at_most_20_lines():
    assert len((DIALPLANS / "minimal.yaml").read_text(encoding="utf-8").splitlines()) <= 20


def test_standard_mode_leads_to_a_person_without_a_key_and_has_no_hours():
    standard = flow("standard")
    step = standard.start
    for _ in range(5):
        if isinstance(standard.steps[step], Queue):
            return
        assert not isinstance(standard.steps[step], Menu | Hours)
        step = next(iter(standard.steps[step].targets().values()))
    pytest.fail("no person is reached")


def test_the_citys_menu_has_one_short_level_and_the_person_first():
    city = flow("12345")
    choices = city.steps["welcome"].choices
    assert choices["1"] == "person"
    text = city.prompts["greeting"].zh
    assert text.index("人工服务请按1") < text.index("自助服务请按2")
    assert len(text) < 40


def test_registered_callers_of_the_city_come_straight_to_a_person_before_others():
    (rule,) = flow("12345").entry
    assert isinstance(flow("12345").steps[rule.to], Queue)
    assert rule.priority > 0


def test_the_example_has_24_merged_numbers_each_with_its_subject_and_all_three_forms():
    merged = flow("examples/merged")
    assert len(merged.numbers) == 24
    assert len({one.number for one in merged.numbers}) == 24
    assert all(one.subject for one in merged.numbers)
    assert any(one.interconnect for one in merged.numbers)
    assert any(one.start == "fund" and one.greeting for one in merged.numbers)
    assert any(isinstance(step, Transfer) and step.hotline for step in merged.steps.values())
