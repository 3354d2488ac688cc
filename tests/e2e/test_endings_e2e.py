"""What people notice when a talk ends, or goes on, in every state and whatever happens: lived by many calls at once.

The cells are those of ``calls.endings``, which docs/conversations.md prints; the third is a department here, and a
colleague in ``test_colleague_endings_e2e``. The service dies in ``test_outlived_endings_e2e``.
"""

import pytest
from talk_endings import live_all, open_to_callers
from talk_scenes import Stage

from calls.conversation import State
from calls.endings import ENDINGS, RINGING, Incident

E, S = Incident, State
_SLOW = (E.CALLER_LOST, E.AGENT_LOST, E.THIRD_LOST, E.THIRD_SILENT)  # after 30 s and more
_SOME = {  # of the slow ones in every run, all at once and with the quick ones: each kind, and each way that it goes on
    (RINGING, E.CALLER_LOST), (S.MERGED, E.CALLER_LOST), (S.TALKING, E.AGENT_LOST), (S.CONSULTING, E.AGENT_LOST),
    (S.SWAPPED, E.THIRD_LOST), (S.HANDED_OVER, E.THIRD_LOST), (S.ASKING, E.THIRD_SILENT), (S.INVITING, E.THIRD_LOST),
}  # fmt: skip


@pytest.fixture(autouse=True)
async def _open(stage: Stage) -> None:
    await open_to_callers(stage.site)


async def test_whoever_hangs_up_refuses_or_is_lost_everybody_is_where_the_table_says(stage: Stage) -> None:
    cells = [one for one in ENDINGS if one.incident not in (*_SLOW, E.RESTART) or (one.state, one.incident) in _SOME]
    await live_all(stage, cells)


@pytest.mark.soak
async def test_whoever_is_lost_or_never_answers_everybody_is_where_the_table_says(stage: Stage) -> None:
    await live_all(stage, [one for one in ENDINGS if one.incident in _SLOW])
