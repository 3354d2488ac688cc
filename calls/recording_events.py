"""What happens to a talk's recording."""

from dataclasses import dataclass, field

from calls.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStarted(Event):
    """A recording began. ``path`` is relative to the recordings folder."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultRecordingStarted(Event):
    """A recording of its own began, of what the agent and ``party`` say while the caller hears music."""

    path: str
    party: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultRecordingEnded(Event):
    """It is over: the two no longer talk without the caller."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRefused(Event):
    """A talk is not recorded: ``policy`` (its queue's), ``share`` (the queue records some only) or ``disk`` (full)."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingPaused(Event):
    """From now on silence is recorded in place of what is said. ``by``: agent, supervisor, or secret (asked for)."""

    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingContinued(Event):
    """What is said is recorded again."""

    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStored(Event):
    """A recording is complete: its length in seconds of media, size in bytes and SHA-256 (hex), both of what is played
    (a sealed file is longer). ``flags`` are what is wrong with it (``recorder.Flag``); ``expected_s`` is how long it
    should be by the timeline. ``what`` is in it:
    ``talk``, ``consult`` or ``message``."""

    path: str
    duration_s: float
    size: int
    sha256: str
    flags: list[str] = field(default_factory=list)
    expected_s: float | None = None
    what: str = "talk"  # events of former versions do not tell messages apart
