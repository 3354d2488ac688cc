"""Who was connected to whom, and when: a call's segments and legs, folded from its timeline.

A segment is a stretch of time in which the same parties heard each other. All that says how long somebody talked is
derived from segments, so that no transfer can lose or double anything: a party is in one segment at a time, and the sum
of its segments is its connected time.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from calls import timeline as t
from calls.event import Event
from calls.talk_events import Together

CALLER = "caller"


def agent_party(agent: str) -> str:
    """Return how an agent is named as a party."""
    return f"agent:{agent}"


def department_party(key: str) -> str:
    """Return how a department is named as a party."""
    return f"department:{key}"


def supervisor_party(person: str) -> str:
    """Return how a supervisor who has joined in is named as a party."""
    return f"supervisor:{person}"


@dataclass(frozen=True, slots=True)
class Segment:
    """``parties`` (sorted) heard each other from ``began`` to ``ended``, epoch seconds; None: they still do."""

    parties: tuple[str, ...]
    began: float
    ended: float | None


@dataclass(frozen=True, slots=True)
class Leg:
    """One party of a call: when it was connected first and last, and for how long in all. Times as in ``Segment``."""

    party: str
    began: float
    ended: float | None
    connected_s: float


@dataclass(slots=True)
class _Fold:
    """The groups that hear each other now, and what is over."""

    open: dict[frozenset[str], float] = field(default_factory=dict)
    over: list[Segment] = field(default_factory=list)
    held: frozenset[str] | None = None  # who were together until a phone's own hold parted them
    agent: str = ""  # whose talk it is

    def now(self, groups: Iterable[frozenset[str]], at: float) -> None:
        """From ``at`` on these groups are together, and no others."""
        wanted = _disjoint(groups)
        for group in [group for group in self.open if group not in wanted]:
            began = self.open.pop(group)
            if at > began:
                self.over.append(Segment(tuple(sorted(group)), began, at))
        for group in wanted:
            if group not in self.open:
                self.open[group] = self._again(group, at)

    def _again(self, group: frozenset[str], at: float) -> float:
        """Return since when a group is together, which may have been parted in this very moment."""
        parties = tuple(sorted(group))
        for segment in reversed(self.over):
            if segment.ended is not None and segment.ended < at:
                break
            if segment.parties == parties:
                self.over.remove(segment)
                return segment.began
        return at

    def without(self, party: str, at: float) -> None:
        """A party is connected to nobody any more."""
        self.now([group - {party} for group in self.open], at)

    def hold(self, at: float) -> None:
        """The agent's phone's own hold: whoever was with the agent hears music; several talk on without them."""
        self.held = next((group for group in self.open if self.agent in group), self.held)
        self.without(self.agent, at)

    def unhold(self, at: float) -> None:
        """The hold is over; who is left of those who were together is so again."""
        held, self.held = self.held, None
        if held is not None:
            self.now([*(group for group in self.open if not group & held), held], at)


def _disjoint(groups: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    """Return the groups of two and more; who is named twice is where it was named first."""
    seen: set[str] = set()
    kept = []
    for group in groups:
        rest = group - seen
        seen |= rest
        if len(rest) > 1:
            kept.append(rest)
    return kept


def segments_of(events: Iterable[Event]) -> list[Segment]:
    """Fold one call's events, in order, into its segments, by their beginning. Those that go on have no end."""
    fold, ended = _Fold(), False
    last = float("-inf")
    for event in events:
        last = at = max(last, event.at)  # clocks are set back now and then; a segment never is
        if ended:
            break
        match event:
            case t.Connected():
                fold.held, fold.agent = None, agent_party(event.agent)
                fold.now([frozenset({CALLER, fold.agent})], at)
            case t.PassedOn():
                fold.now([frozenset({CALLER, department_party(event.party)})], at)
            case Together():
                fold.held = None
                fold.now([frozenset(group) for group in event.groups], at)
            case t.Held(by_phone=True):
                fold.hold(at)
            case t.Unheld(by_phone=True):
                fold.unhold(at)
            case t.TalkEnded():
                gone = agent_party(event.agent)
                fold.held = None if fold.held is None else fold.held - {gone}
                fold.without(gone, at)
            case t.CallEnded():
                fold.now([], at)
                ended = True
            case _:
                pass
    still = [Segment(tuple(sorted(group)), began, None) for group, began in fold.open.items()]
    return sorted([*fold.over, *still], key=lambda segment: (segment.began, segment.parties))


def legs_of(segments: Iterable[Segment], now: float) -> list[Leg]:
    """Return the parties of segments in the order of their coming; what goes on counts until ``now``."""
    found: dict[str, Leg] = {}
    for segment in segments:
        lasted = max(0.0, (now if segment.ended is None else segment.ended) - segment.began)
        for party in segment.parties:
            known = found.get(party)
            if known is None:
                found[party] = Leg(party, segment.began, segment.ended, lasted)
            else:
                ended = None if segment.ended is None or known.ended is None else max(known.ended, segment.ended)
                found[party] = Leg(party, known.began, ended, known.connected_s + lasted)
    return list(found.values())
