"""A talk, listened to on both sides, and what was wrong with it.

What the scenario itself orders is no fault: an agent's keys lead to holds, consultations, three-way calls and
transfers, a recording takes the place of a voice, and a phone that goes dead neither hears nor speaks. Somebody who is
muted is not heard all the same: that is how lost audio is planted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simulator.leg import CallLeg
from simulator.media.rtp import HOLE_S, Span
from simulator.media.stream import MediaMode
from simulator.scenario.agents_met import Met
from simulator.scenario.hearing import Hearing, Watch
from simulator.scenario.record import Defect
from simulator.scenario.sound import hears_all

AFTER_KEYS_S = 5.0
"""What an agent's keys lead to begins so soon."""


@dataclass(frozen=True, slots=True)
class Faults:
    """What was wrong with a talk, and in words why it failed ("" where it did not)."""

    defects: tuple[Defect, ...] = ()
    reason: str = ""


class BothSides:
    """Caller and agent in a talk, watched from ``listened`` to ``faults``."""

    def __init__(self, caller: Watch, met: Met | None, *, whole: bool) -> None:
        """``whole`` False: only whether there are two agents."""
        self._caller = caller
        self._met = met if whole else None
        self._whole = whole

    @classmethod
    async def listened(
        cls, leg: CallLeg, met: Met | None, tone: int, agents: Sequence[int], media: MediaMode
    ) -> "BothSides":
        """Begin. ``tone`` is the caller's, ``agents`` are those of all agents; ``met`` None: who answers is unknown."""
        whole = hears_all(media)
        if met is not None and whole:
            await met.line.listen(tone)
        voice = None if met is None or media is MediaMode.NONE else met.tone
        return cls(Watch(leg, voice, agents), met, whole=whole)

    async def faults(self, within: float) -> Faults:
        """End, and tell what was wrong; each must hear the other at least once in ``within`` seconds."""
        caller = await self._caller.heard()
        agent = None if self._met is None else await self._met.line.heard()
        return faults_of(caller, agent, within, whole=self._whole)


def faults_of(caller: Hearing, agent: Hearing | None, within: float, *, whole: bool = True) -> Faults:
    """Return what was wrong with a talk, of what both sides heard. ``whole`` False: only whether there were two agents.

    Pure. ``agent`` is None where nothing is known of that side.
    """
    keys = () if agent is None else agent.pressed
    faults = _lost(caller, agent, within, keys) if whole else Faults()
    if caller.two_at is None or any(low <= caller.two_at for low, _ in keys):
        return faults
    return Faults((*faults.defects, Defect.TWO_AGENTS), "two agents were heard in one talk")


def _lost(caller: Hearing, agent: Hearing | None, within: float, keys: Sequence[Span]) -> Faults:
    """Return whose audio was missing."""
    until = caller.ended if agent is None or agent.left_at is None else min(caller.ended, agent.left_at)
    sides = [("the caller", caller, () if agent is None else agent.said)]
    if agent is not None:
        sides.append(("the agent", agent, caller.said))
    gaps = any(
        high - low >= HOLE_S for _, side, _ in sides for low, high in _unordered(side.holes, keys, until)
    )  # fmt: skip
    defects = (Defect.GAP,) if gaps else ()
    for who, side, said in sides:
        unheard = [part for span in _unordered(side.unheard, keys, until) for part in _without(span, said)]
        longest = max((high - low for low, high in unheard), default=0.0)
        if longest >= within:
            return Faults((*defects, Defect.ONE_WAY), f"{who} heard nothing of the other for {longest:.1f} s")
    return Faults(defects)


def _unordered(spans: Iterable[Span], keys: Sequence[Span], until: float) -> Iterable[Span]:
    """Yield what of some spans no key of the agent's has led to."""
    for low, high in spans:
        if any(pressed <= low <= released + AFTER_KEYS_S for pressed, released in keys):
            continue
        ends = min(high, until, *(pressed for pressed, _ in keys if pressed > low))
        if ends > low:
            yield low, ends


def _without(span: Span, others: Sequence[Span]) -> Iterable[Span]:
    """Yield what is left of a span without some others, which are in order."""
    low, high = span
    for begins, ends in others:
        if begins < high and ends > low:
            yield low, begins
            low = max(low, ends)
    yield low, high
