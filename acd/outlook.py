"""What the journal keeps of who could serve a caller, at the time: ``hotline why`` says it later."""

from collections import Counter
from collections.abc import Mapping

from acd.desk import AgentDesk
from acd.matching import Need
from acd.router import Router
from calls.identity import AgentId, CallId

NOBODY_ELSE = AgentId("")


def doing(
    router: Router, desk: AgentDesk, need: Need, call: CallId, besides: AgentId = NOBODY_ELSE
) -> Mapping[str, int]:
    """Return what those do who are logged in and could be offered a caller with this need, counted, the most first.

    Somebody who looks free but cannot be offered is ``reserved`` (for another, in this very moment) or ``not_again``
    (has not taken this caller a moment ago). ``besides`` is left out. A walk over all who are logged in.
    """
    counts: Counter[str] = Counter()
    for agent, deed in desk.doing(need.satisfied_by).items():
        if agent != besides and need.only in (None, agent):
            counts[(router.hindrance(agent, call) or deed) if deed == "ready" else deed] += 1
    return dict(counts.most_common())
