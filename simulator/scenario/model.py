"""A scenario as it is written in YAML: who calls, who answers, when, and what must hold."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from simulator.bounds import ORDINARY, SATURATING, Bounds, bounds_of
from simulator.load_profile import MAX_CALLS, MAX_SEATS
from simulator.media.stream import MediaMode
from simulator.scenario.arriving import Arriving, Constant, Replay, highest_rate
from simulator.scenario.limits import OF_THE_RUN, LimitsOf
from simulator.scenario.steps import AGENT, RECORDED, Draw, Ended, HangUp, Hear, Press, Redial, Say, Step, Talk
from simulator.scenario.written import Strict

Share = Annotated[float, Field(ge=0, le=1)]
NAME, PREFIX = r"^[A-Za-z0-9_-]{1,40}$", r"^\d{1,8}$"
Name = Annotated[str, Field(pattern=NAME)]
MOST_KEPT_S = 60.0


class LineQuality(Strict):
    """What happens to the audio that somebody sends, on purpose."""

    loss: Share = Field(0.0, description="Part of the packets that are lost, at random.")
    burst: Annotated[float, Field(ge=1, le=50)] = Field(
        1.0, description="Mean length of a loss, in packets; 1: each by itself."
    )
    delay_ms: Annotated[float, Field(ge=0, le=5000)] = 0.0
    jitter_ms: Annotated[float, Field(ge=0, le=1000)] = Field(
        0.0, description="Each packet is later by anything up to this; the order is kept."
    )


class Account(Strict):
    """A SIP account that callers use, for targets that ask who calls."""

    user: str
    password: str


class CallerKind(Strict):
    """One kind of caller."""

    share: Annotated[float, Field(gt=0, le=10_000)] = Field(1.0, description="Against the other kinds' shares.")
    number: str | None = Field(None, description="Number dialled, instead of the scenario's.")
    prefix: Annotated[str, Field(pattern=PREFIX)] = Field("138", description="How the callers' numbers begin.")
    queues: tuple[str, ...] | None = Field(
        None,
        description='Replayed calls of these queues are this kind\'s; "": of none. Without: all that nobody names.',
    )
    line: LineQuality = LineQuality()
    account: Account | None = None
    limits: LimitsOf = LimitsOf()
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=200)]

    @field_validator("limits")
    @classmethod
    def _limits_are_of_callers(cls, limits: LimitsOf) -> LimitsOf:
        if of_run := [name for name in OF_THE_RUN if getattr(limits, name) is not None]:
            raise ValueError(
                f"{' and '.join(of_run)}: measured of the whole run only: write it under the scenario's own limits"
            )
        return limits

    @model_validator(mode="after")
    def _hang_up_is_last(self) -> Self:
        for place, step in enumerate(self.steps):
            if isinstance(step, HangUp) and place < len(self.steps) - 1:
                raise ValueError(f"steps come after hang_up (step {place + 1}): nothing can be done then")
        return self


class InTalk(Strict):
    """What some agents do in some talks, from the moment they answer."""

    share: Share = Field(1.0, description="Part of the talks.")
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=50)]

    @model_validator(mode="after")
    def _agents_can(self) -> Self:
        for place, step in enumerate(self.steps, 1):
            if _is_recorded(step):
                raise ValueError(f"step {place}: recorded is for callers")
            if isinstance(step, Talk | Ended | Redial) or (isinstance(step, Hear) and step.hear == AGENT):
                raise ValueError(f"step {place} is one of callers: agents wait, hear, press, say, mute and hang_up")
        return self


class Breaks(Strict):
    """Breaks that agents take between two calls."""

    every: Draw = Field(description="Seconds of work between two breaks.")
    lasts: Draw
    code: str = Field("*132", description="Feature code that begins one.")


class AgentKind(Strict):
    """One kind of agent: a softphone that registers, logs somebody in, and answers."""

    count: Annotated[int, Field(ge=1, le=MAX_SEATS)]
    queue: str | None = Field(None, description="People who can serve this queue of the directory.")
    accounts: str | None = Field(None, description="CSV with account, secret and, if wanted, agent and pin.")
    answers_after: Draw = "1"
    misses: Share = Field(0.0, description="Part of the offers that ring out.")
    declines: Share = Field(0.0, description="Part of the offers that are declined.")
    wrap_up: Draw = "0"
    breaks: Breaks | None = None
    loses_network: Share = Field(0.0, description="Part of the talks in which the phone goes dead.")
    line: LineQuality = LineQuality()
    media: MediaMode = Field(
        MediaMode.FULL,
        description="How much audio they send: full, digits, none. Callers hear voices of full ones.",
    )
    in_talk: InTalk | None = None

    @model_validator(mode="after")
    def _offers_are_divided_once(self) -> Self:
        if self.misses + self.declines > 1 + 1e-9:
            raise ValueError(
                f"misses ({self.misses:g}) and declines ({self.declines:g}) are parts of the same offers, and are more "
                "than all of them: write at most 1 in all"
            )
        return self


class DepartmentKind(Strict):
    """A department's exchange: answers whatever is called there."""

    port: Annotated[int, Field(ge=1024, le=65_535)] | None = Field(
        None, description="UDP port; without one, that of the hotline's settings."
    )
    answers_after: Annotated[float, Field(ge=0, le=3600)] | None = Field(0.5, description="null rings for ever.")
    rejects_with: Annotated[int, Field(ge=400, le=699)] | None = None
    tone: Annotated[int, Field(ge=300, le=3400)] = 2100


class Codes(Strict):
    """Feature codes that agents dial; empty ones are left out."""

    login: str = "*11"
    ready: str = "*12"
    end_wrap_up: str = "*15"
    logout: str = "*14"


class Scenario(Strict):
    """Everything one run does and must keep."""

    name: Name
    about: str = ""
    seed: int = Field(1, description="Decides everything that is drawn: the same seed is the same run.")
    number: str = Field("12345", description="Number dialled.")
    calls: Annotated[int, Field(ge=1, le=MAX_CALLS)] = Field(100, description="At most so many.")
    saturate: bool = Field(
        False,
        description=f"Up to {SATURATING.rate:g} calls a second and {SATURATING.concurrent} callers at a time, instead "
        f"of {ORDINARY.rate:g} and {ORDINARY.concurrent}; for targets on this machine only.",
    )
    max_concurrent: Annotated[int, Field(ge=1, le=SATURATING.concurrent)] = Field(
        200, description=f"Callers at one time; at most {ORDINARY.concurrent} without saturate: true."
    )
    compress: Annotated[float, Field(ge=1, le=3600)] = Field(
        1.0, description="A day, talk, patience, wrap_up and breaks pass so many times faster."
    )
    media: MediaMode = Field(
        MediaMode.FULL,
        description="How much audio callers send: full, digits, none. Agents: each kind.",
    )
    keep_audio_s: Annotated[float, Field(ge=0, le=MOST_KEPT_S)] = Field(
        8.0, description="Seconds of what a caller heard last that are kept, for calls that fail."
    )
    arrivals: Arriving = Constant(kind="constant", rate=1.0)
    callers: Annotated[dict[Name, CallerKind], Field(min_length=1, max_length=50)]
    agents: Annotated[dict[Name, AgentKind], Field(max_length=50)] = Field(default_factory=dict)
    departments: Annotated[dict[Name, DepartmentKind], Field(max_length=20)] = Field(default_factory=dict)
    codes: Codes = Codes()
    limits: LimitsOf = LimitsOf()

    @field_validator("max_concurrent")
    @classmethod
    def _few_enough(cls, callers: int, others: ValidationInfo) -> int:
        most = bounds_of(saturate=bool(others.data.get("saturate"))).concurrent
        if callers > most:
            raise ValueError(
                f"{callers} callers at a time: write at most {most}, or saturate: true above it, by which up to "
                f"{SATURATING.concurrent} may call a target on this machine"
            )
        return callers

    @field_validator("arrivals")
    @classmethod
    def _slow_enough(cls, how: Arriving, others: ValidationInfo) -> Arriving:
        most = bounds_of(saturate=bool(others.data.get("saturate"))).rate
        where, rate = highest_rate(how)
        if rate > most:
            raise ValueError(
                f"{where} is {rate:g} calls a second: write at most {most:g}, or saturate: true beside arrivals, by "
                f"which up to {SATURATING.rate:g} may go to a target on this machine"
            )
        return how

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (seats := sum(kind.count for kind in self.agents.values())) > MAX_SEATS:
            raise ValueError(f"{seats} agents in all: at most {MAX_SEATS} are allowed")
        for name, kind in self.callers.items():
            for place, step in enumerate(kind.steps):
                if _is_recorded(step) and not isinstance(self.arrivals, Replay):
                    raise ValueError(
                        f"callers.{name}, step {place + 1}: nothing is recorded: that is for arrivals of kind replay"
                    )
                if not isinstance(step, Hear):
                    continue
                if step.hear == AGENT and (mute := self._without_voice(step.of)):
                    raise ValueError(
                        f"callers.{name}, step {place + 1}: {' and '.join(mute)} cannot be heard, for their media is "
                        "not full: leave media out there, or say by of: [...] which other agents are right"
                    )
                if step.hear == AGENT and not self.agents:
                    raise ValueError(f"callers.{name}, step {place + 1}: there are no agents to be heard: add agents")
                if unknown := set(step.of) - set(self.agents):
                    raise ValueError(
                        f"callers.{name}, step {place + 1}: there are no agents of the kind "
                        f"{', '.join(sorted(unknown))}; there are: {', '.join(self.agents)}"
                    )
        return self

    @property
    def bounds(self) -> Bounds:
        """What no run of it may pass."""
        return bounds_of(saturate=self.saturate)

    def _without_voice(self, of: Iterable[str]) -> list[str]:
        """Return which of these kinds of agents (all, where none are named) send no voice."""
        named = set(of) or set(self.agents)
        return [name for name, kind in self.agents.items() if name in named and kind.media is not MediaMode.FULL]

    def files(self) -> list[str]:
        """Return the sound files that are named, as written."""
        behaving = [kind.steps for kind in self.callers.values()]
        behaving += [kind.in_talk.steps for kind in self.agents.values() if kind.in_talk is not None]
        named = [step.say for steps in behaving for step in steps if isinstance(step, Say)]
        return named + [
            step.hear for steps in behaving for step in steps if isinstance(step, Hear) and Path(step.hear).suffix
        ]


def _is_recorded(step: Step) -> bool:
    match step:
        case Talk():
            return step.talk == RECORDED
        case Press():
            return step.press == RECORDED
        case Hear():
            return step.patience == RECORDED
        case _:
            return False
