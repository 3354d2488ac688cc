"""Pictures of flows: every step once, every way there, whatever is written in a flow."""

from xml.etree import ElementTree

import pytest
from ivr_flow_texts import DIALPLANS, GOOD, KNOWN

from calls import Language
from ivr import Known, load_flow, parse_flow
from ivr.picture import heading, picture_of
from ivr.picture_mermaid import mermaid
from ivr.picture_svg import svg
from ivr.steps import targets

FLOW = parse_flow(GOOD, KNOWN).flow
CITY = load_flow(DIALPLANS / "12345.yaml", Known.anything(KNOWN.prompts)).flow
NASTY = GOOD.replace("zh: 您好", "zh: '<b>\"&amp;]]>--> |%%'").replace("name: test", "name: '<script>\"x\"'")


@pytest.mark.parametrize("flow", [FLOW, CITY], ids=lambda flow: flow.name)
def test_every_step_is_drawn_once_and_every_way_is_there(flow):
    drawn = [step for step, _ in picture_of(flow).steps]
    assert sorted(step.name for step in drawn) == sorted(flow.steps)
    for step in drawn:
        assert {way.target for way in step.ways} == set(targets(flow.steps[step.name]).values())


def test_a_step_hangs_where_a_caller_comes_to_it_soonest():
    depths = {step.name: depth for step, depth in picture_of(FLOW).steps}
    assert depths == {"open": 0, "welcome": 1, "message": 1, "person": 2, "info": 2, "ask": 2, "water": 2, "round": 2,
                      "english": 2, "end": 2, "state": 3, "person_en": 0}  # fmt: skip


def test_keys_and_conditions_stand_at_the_ways():
    steps = {step.name: step for step, _ in picture_of(FLOW).steps}
    assert [(way.label, way.target) for way in steps["open"].ways] == [("open", "welcome"), ("closed", "message")]
    assert ("3", "ask") in [(way.label, way.target) for way in steps["welcome"].ways]
    assert ("nothing pressed", "message") in [(way.label, way.target) for way in steps["welcome"].ways]


def test_texts_are_those_of_the_language_asked_for():
    assert {step.name: step.text for step, _ in picture_of(FLOW, Language.EN).steps}["welcome"] == "Hello"
    assert heading(FLOW) == "test (answers 12345, 12319 and all other numbers; key 0: person)"


@pytest.mark.parametrize("text", [GOOD, NASTY])
def test_the_svg_is_well_formed_and_says_every_name(text):
    flow = parse_flow(text, KNOWN).flow
    root = ElementTree.fromstring(svg(picture_of(flow)))
    said = " ".join(root.itertext())
    assert all(name in said for name in flow.steps)
    assert not [element for element in root.iter() if element.tag.endswith(("script", "}b"))]


def test_boxes_do_not_lie_upon_each_other():
    root = ElementTree.fromstring(svg(picture_of(CITY)))
    boxes = [
        tuple(float(box.get(name)) for name in ("x", "y", "width", "height"))
        for box in root.iter("{http://www.w3.org/2000/svg}rect")
        if box.get("x")
    ]
    assert len(boxes) > len(CITY.steps)
    for i, (x, y, width, height) in enumerate(boxes):
        for other_x, other_y, other_width, other_height in boxes[i + 1 :]:
            beside = x + width <= other_x or other_x + other_width <= x
            assert beside or y + height <= other_y or other_y + other_height <= y


def test_mermaid_names_every_step_and_nothing_in_a_text_means_anything_to_it():
    drawn = mermaid(picture_of(parse_flow(NASTY, KNOWN).flow))
    assert all(f"<b>{name}</b>" in drawn for name in FLOW.steps)
    assert "<script>" not in drawn.split("---")[2]
    assert "-->|" in drawn


def test_a_flow_of_thousands_of_steps_in_a_row_is_drawn_too():
    chain = "".join(f"  s{i}: {{do: goto, next: s{i + 1}}}\n" for i in range(1500))
    person = "  s1500: {do: queue, queue: general, nobody_staffed: e}\n  e: {do: hangup}\n"
    flow = parse_flow(f"name: long\nstart: s0\nperson: s1500\nsteps:\n{chain}{person}", KNOWN).flow
    assert svg(picture_of(flow)).count('class="name"') == 1502
