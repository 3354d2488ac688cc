"""A call, as every room knows it."""

from dataclasses import dataclass, field
from enum import StrEnum

from calls.identity import CallId, ChannelId


class Language(StrEnum):
    """A language a caller is served in; prompts, voice and the needed skill follow it."""

    ZH = "zh"  # Mandarin, 普通话
    EN = "en"  # English


class Outcome(StrEnum):
    """How a call ended; every call has exactly one."""

    ANSWERED = "answered"  # a person talked to the caller
    ABANDONED_MENU = "abandoned_menu"  # hung up in the menu before anything was delivered
    ABANDONED_QUEUE = "abandoned_queue"  # hung up while waiting for a person
    SELF_SERVED = "self_served"  # ended in self-service after something was delivered
    VOICEMAIL = "voicemail"  # left a message
    CALLBACK = "callback"  # left the queue to be called back
    FAILED = "failed"  # a fault of ours, or no way to serve the caller
    TURNED_AWAY = "turned_away"  # not let in: more came than could be carried
    # of calls that an agent makes (answered and failed are theirs too)
    BUSY = "busy"  # whom the agent dialled was busy, or declined
    NO_ANSWER = "no_answer"  # rang in vain, or the agent gave up
    REFUSED = "refused"  # not dialled: the rules forbid it


@dataclass(slots=True)
class Call:
    """One caller's visit. Mutable in what the flow learns (language, tags, variables), fixed in who and when."""

    id: CallId
    channel: ChannelId
    caller: str  # number as presented, digits and a leading + only; "" when withheld
    caller_name: str  # display name as presented, control characters removed; never trusted
    dialled: str
    arrived_at: float  # seconds since the epoch
    language: Language = Language.ZH
    tags: list[str] = field(default_factory=list)  # subject tags of merged numbers and menu choices
    variables: dict[str, str] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)  # names of variables that must be in no record
    subject: str = ""  # what it is about, in words that agents read
    resumed: bool = False  # taken over from a service that died; the timeline tells where it stood

    @property
    def shown_name(self) -> str:
        """What the phone of whoever is rung shows: the caller's name or number, what the call is about before it."""
        name = self.caller_name or self.caller
        mark = f"[{self.subject}]"
        return name if not self.subject or name.startswith(mark) else f"{mark} {name}".strip()
