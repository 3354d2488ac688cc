"""The table of endings agrees with the law of conversations, forgets nothing, and is what the docs say."""

from pathlib import Path

import pytest

from calls.conversation import OVER, WISHES, Happening, State, next_step
from calls.endings import (
    AFTER,
    ENDINGS,
    RINGING,
    WHILE_AWAY,
    WITH_COLLEAGUE,
    Ending,
    Fate,
    Incident,
    ThirdIs,
    happening_of,
    page,
)  # fmt: skip

_PAGE = Path(__file__).parents[3] / "docs" / "conversations.md"
_BEGIN, _END = "<!-- endings -->\n", "<!-- /endings -->"
_IN_TALK = [ending for ending in (*ENDINGS, *WITH_COLLEAGUE) if ending.state != RINGING]
_HEIRS_OWN = {Incident.THIRD_HANGS_UP: Happening.AGENT_LEFT, Incident.THIRD_LOST: Happening.AGENT_LOST}
_FATES = {
    State.ENDED: Fate.ENDS, State.RETURNED: Fate.FLOW, State.HANDED_OVER: Fate.GOES_ON, State.TALKING: Fate.GOES_ON,
}  # fmt: skip


def named(ending: Ending) -> str:
    return f"{ending.state}: {ending.incident} ({ending.third})"


@pytest.mark.parametrize("ending", _IN_TALK, ids=named)
def test_every_cell_is_what_the_law_says(ending: Ending) -> None:
    if ending.incident is Incident.RESTART:
        assert (ending.to, ending.fate) == (ending.state, Fate.GOES_ON)
        return
    happening = happening_of(ending)
    assert happening is not None
    step = next_step(State(ending.state), happening)
    if ending.state == State.HANDED_OVER and ending.third is ThirdIs.COLLEAGUE:  # a talk of their own by then
        step = next_step(State.TALKING, _HEIRS_OWN.get(ending.incident, happening))
    assert step is not None
    assert step[1] == ending.to
    assert ending.fate in ({Fate.NEXT, Fate.PASSED} if ending.to == State.PASSED_ON else {_FATES[State(ending.to)]})


def test_no_fact_that_the_law_knows_is_missing_but_that_one_of_several_has_left() -> None:
    known = {(ending.state, happening_of(ending)) for ending in _IN_TALK}
    of_several = {Happening.DROP_BESIDE_ONE, Happening.DROP_BESIDE_RINGING, Happening.ONE_FAILED}
    facts = [happening for happening in Happening if happening not in {*WISHES, *of_several}]
    going_well = {Happening.THIRD_ANSWERED, Happening.ONE_THIRD_LEFT, Happening.ONE_STILL_RINGS}
    assert not {
        (state, fact)
        for state in State
        for fact in facts
        if next_step(state, fact) is not None and fact not in going_well and (state, fact) not in known
    }


def test_the_agent_who_has_no_part_any_more_is_in_wrap_up_and_nobody_is_charged_for_ringing() -> None:
    for ending in ENDINGS:
        if ending.to in OVER:
            assert ending.agent_state == "wrap_up", named(ending)
        if ending.state == RINGING:
            assert ending.agent_state != "wrap_up", named(ending)


def test_nobody_can_be_lost_silent_or_gone_of_whom_the_table_says_nothing() -> None:
    """Each party who is in a state may hang up and lose the network in it; who is rung may decline or not answer."""
    cells = {(ending.state, ending.incident) for ending in ENDINGS}
    there = {ending.state for ending in ENDINGS}
    with_third = {State.CONSULTING, State.SWAPPED, State.MERGED, State.HANDED_OVER}
    third_rung = {State.ASKING, State.INVITING}
    ways = Incident.CALLER_HANGS_UP, Incident.CALLER_LOST
    assert {(state, way) for state in there for way in ways} <= cells
    assert {(state, Incident.AGENT_LOST) for state in there - {State.HANDED_OVER}} <= cells
    assert {(state, Incident.AGENT_HANGS_UP) for state in there - {State.HANDED_OVER, RINGING}} <= cells
    assert {(state, Incident.THIRD_HANGS_UP) for state in with_third} <= cells
    assert {(state, Incident.THIRD_LOST) for state in with_third | third_rung} <= cells
    for way in (Incident.THIRD_REFUSES, Incident.THIRD_SILENT):
        assert {(state, way) for state in third_rung} <= cells
    for way in (Incident.AGENT_REFUSES, Incident.AGENT_SILENT):
        assert (RINGING, way) in cells
    assert {(state, Incident.RESTART) for state in there} <= cells


def test_a_colleague_who_talked_is_in_wrap_up_and_one_who_was_only_rung_is_not() -> None:
    for ending in WITH_COLLEAGUE:
        now = ending.colleague_state
        if ending.state in (State.ASKING, State.INVITING):
            assert now in ("ready", "break", "ringing"), named(ending)
        else:
            still_there = "third" in ending.together + ending.music
            assert now == ("talking" if still_there else "wrap_up"), named(ending)


def test_whatever_hang_up_there_is_has_an_outcome_with_the_service_away() -> None:
    hang_ups = {one for one in (*ENDINGS, *WITH_COLLEAGUE) if one.incident.name.endswith("HANGS_UP")}
    assert set(WHILE_AWAY) == hang_ups
    assert len(WHILE_AWAY) == len(hang_ups)


def test_no_cell_is_there_twice_and_nobody_hears_music_and_people_at_once() -> None:
    every = (*ENDINGS, *WITH_COLLEAGUE)
    cells = [(ending.state, ending.incident, ending.third) for ending in every]
    assert len(set(cells)) == len(cells)
    for ending in every:
        assert not set(ending.together.split()) & set(ending.music.split()), named(ending)
        assert ending.to in (AFTER, RINGING, *State), named(ending)


def test_the_docs_print_the_table() -> None:
    text = _PAGE.read_text(encoding="utf-8")
    printed = text[text.index(_BEGIN) + len(_BEGIN) : text.index(_END)]
    assert printed == "\n".join(page()), "write it anew: .venv/bin/python -m calls.endings"
