"""The same endings when the third is a colleague: what becomes of them, too, and of their wrap-up."""

import pytest
from talk_endings import live_all, open_to_callers
from talk_scenes import Stage

from calls.conversation import State
from calls.endings import WITH_COLLEAGUE, Incident

E, S = Incident, State
_SOME = {  # in every run, all at once; who is lost, or does not answer, takes 20 s and more
    *((S.ASKING, incident) for incident in (E.CALLER_HANGS_UP, E.AGENT_HANGS_UP, E.THIRD_REFUSES, E.THIRD_SILENT)),
    *((S.INVITING, incident) for incident in (E.AGENT_HANGS_UP, E.THIRD_REFUSES)),
    *((S.CONSULTING, incident) for incident in (E.AGENT_HANGS_UP, E.THIRD_HANGS_UP)),
    *((S.MERGED, incident) for incident in (E.CALLER_HANGS_UP, E.AGENT_HANGS_UP, E.THIRD_LOST)),
    *((S.HANDED_OVER, incident) for incident in (E.CALLER_HANGS_UP, E.THIRD_HANGS_UP, E.THIRD_LOST)),
}


@pytest.fixture(autouse=True)
async def _open(stage: Stage) -> None:
    await open_to_callers(stage.site)


async def test_a_colleague_who_is_brought_in_is_where_the_table_says_however_it_ends(stage: Stage) -> None:
    await live_all(stage, [one for one in WITH_COLLEAGUE if (one.state, one.incident) in _SOME])


@pytest.mark.soak
async def test_so_it_is_in_every_other_way_of_ending(stage: Stage) -> None:
    rest = [one for one in WITH_COLLEAGUE if one.incident is not E.RESTART and (one.state, one.incident) not in _SOME]
    await live_all(stage, rest)
