"""The table of endings agrees with the law of conversations, forgets nothing, and is what the docs say."""

from pathlib import Path

import pytest

from calls.conversation import OVER, WISHES, Happening, State, next_step
from calls.endings import AFTER, ENDINGS, HAPPENINGS, RINGING, Ending, Fate, Incident, page

_PAGE = Path(__file__).parents[3] / "docs" / "conversations.md"
_BEGIN, _END = "<!-- endings -->\n", "<!-- /endings -->"
_IN_TALK = [ending for ending in ENDINGS if ending.state != RINGING]
_FATES = {
    State.ENDED: Fate.ENDS, State.RETURNED: Fate.FLOW, State.HANDED_OVER: Fate.GOES_ON, State.TALKING: Fate.GOES_ON,
}  # fmt: skip


def named(ending: Ending) -> str:
    return f"{ending.state}: {ending.incident}"


@pytest.mark.parametrize("ending", _IN_TALK, ids=named)
def test_every_cell_is_what_the_law_says(ending: Ending) -> None:
    if ending.incident is Incident.RESTART:
        assert (ending.to, ending.fate) == (ending.state, Fate.GOES_ON)
        return
    step = next_step(State(ending.state), HAPPENINGS[ending.incident])
    assert step is not None
    assert step[1] == ending.to
    assert ending.fate in ({Fate.NEXT, Fate.PASSED} if ending.to == State.PASSED_ON else {_FATES[State(ending.to)]})


def test_no_fact_that_the_law_knows_is_missing_but_that_one_of_several_has_left() -> None:
    known = {(ending.state, HAPPENINGS.get(ending.incident)) for ending in _IN_TALK}
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


def test_no_cell_is_there_twice_and_nobody_hears_music_and_people_at_once() -> None:
    cells = [(ending.state, ending.incident) for ending in ENDINGS]
    assert len(set(cells)) == len(cells)
    for ending in ENDINGS:
        assert not set(ending.together.split()) & set(ending.music.split()), named(ending)
        assert ending.to in (AFTER, RINGING, *State), named(ending)


def test_the_docs_print_the_table() -> None:
    text = _PAGE.read_text(encoding="utf-8")
    printed = text[text.index(_BEGIN) + len(_BEGIN) : text.index(_END)]
    assert printed == "\n".join(page()), "write it anew: .venv/bin/python -m calls.endings"
