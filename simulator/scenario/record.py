"""What became of one caller of a scenario, and what was measured on the way. Times in seconds, None where unknown."""

from dataclasses import dataclass, field
from enum import StrEnum

from simulator.measures.sip_times import SipTimes
from simulator.media.g711 import Samples
from simulator.plumbing import Step


class Went(StrEnum):
    """How a call went."""

    DONE = "done"  # all as its steps say
    ABANDONED = "abandoned"  # the caller's patience was over
    FAILED = "failed"  # a step did not hold
    UNFINISHED = "unfinished"  # the run was stopped before


class Defect(StrEnum):
    """What a hotline must never do to a caller."""

    WRONG_AGENT = "wrong agent"  # of a kind that the step does not allow
    TWO_AGENTS = "two agents"  # heard in one talk
    ONE_WAY = "one way"  # one of the two heard nothing of the other, at first or for a while
    GAP = "gap"  # no audio for half a second or more in a talk, at either side
    OVERTAKEN = "overtaken"  # somebody of the same kind who asked later was offered first


@dataclass(frozen=True, slots=True)
class Moment:
    """A line of a call's timeline."""

    at: float  # from the run's beginning
    what: str


@dataclass(slots=True)
class Sound:
    """The audio that one party of a call received."""

    packets: int = 0
    lost: int = 0
    jitter_ms: float = 0.0
    delay_ms: float | None = None  # median, network only; None where it could not be measured
    longest_gap_s: float = 0.0
    mos: float | None = None


@dataclass(slots=True)
class CallRecord:
    """One caller, with all redials."""

    index: int
    kind: str
    number: str
    planned_at: float  # from the run's beginning
    began_at: float = 0.0
    ended_at: float = 0.0
    went: Went = Went.FAILED
    step: int = 0  # the one that failed, from 1
    reason: str = ""
    defects: list[Defect] = field(default_factory=list)
    dials: int = 0
    sip: list[SipTimes] = field(default_factory=list)  # for each dial
    post_dial_delay_s: float | None = None
    first_prompt_s: float | None = None
    reactions_s: list[float] = field(default_factory=list)
    asked_at: float | None = None  # when waiting for an agent began, from the run's beginning
    offered_at: float | None = None  # when an agent was first rung for this caller
    wait_s: float | None = None  # from the last digit (or the answer) to the agent's voice
    free_to_ring_s: float | None = None  # how long the agent had nothing to do while this caller waited
    connect_s: float | None = None  # from the agent's answer to the caller hearing it
    transfer_clips_s: list[float] = field(default_factory=list)  # the same for each agent after the first of a call
    agent: str = ""  # account
    agent_kind: str = ""
    talk_s: float | None = None
    heard: Sound = field(default_factory=Sound)  # by the caller
    agent_heard: Sound | None = None
    injected_lost: int = 0  # packets that the caller's line lost on purpose
    injected_jitter_ms: float = 0.0  # of the caller's line on the last dial, on purpose
    timeline: list[Moment] = field(default_factory=list)
    ladders: list[list[Step]] = field(default_factory=list)
    audio: Samples | None = None  # the last seconds that the caller heard, of a call that failed

    @property
    def misrouted(self) -> bool:
        """Whether it reached the wrong agent, or two."""
        return Defect.WRONG_AGENT in self.defects or Defect.TWO_AGENTS in self.defects
