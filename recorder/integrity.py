"""What may be wrong with a recording: told beside it, so that it is found out today and not when it is needed."""

from enum import StrEnum

from recorder.files import Kind
from recorder.hearing import Heard
from recorder.index import TalkIndex

_SLACK_S = 1.5  # how much shorter than the talk a recording may be: its beginning, and packets that were lost
_SLACK = 0.02  # the same, as a part of the talk
_LEAST_S = 2.0  # shorter recordings may well be silent
_SOUND_S = 0.2  # less than this in all is no voice


class Flag(StrEnum):
    """Something to look at."""

    MISSING = "missing"  # there is no file
    EMPTY = "empty"  # a file without audio
    SHORT = "short"  # shorter than the talk: begun late, cut off, or nobody's phone sent anything for that long
    SILENT = "silent"  # nobody is heard
    CALLER_UNHEARD = "caller_unheard"  # one-way: the caller's channel is silent
    AGENT_UNHEARD = "agent_unheard"  # one-way: what the caller heard is silent, or in a consultation the agent
    THIRD_UNHEARD = "third_unheard"  # the same in a consultation, whose channels are agent and third
    UNFINISHED = "unfinished"  # the file was never closed (Asterisk died); what is there is kept
    UNINDEXED = "unindexed"  # the timeline could not be read, so the length was not checked


_UNHEARD = {
    Kind.TALK: (Flag.CALLER_UNHEARD, Flag.AGENT_UNHEARD),
    Kind.CONSULT: (Flag.AGENT_UNHEARD, Flag.THIRD_UNHEARD),
}
"""What the silence of either channel of two means."""


def flags_of(heard: Heard, index: TalkIndex | None, kind: Kind = Kind.TALK) -> list[Flag]:
    """Return what is wrong with a recording that has a file."""
    if heard.duration_s <= 0:
        return [Flag.EMPTY]
    found: list[Flag] = []
    if index is not None and heard.duration_s < index.expected_s - max(_SLACK_S, _SLACK * index.expected_s):
        found.append(Flag.SHORT)
    gaps_s = sum(gap.to_s - gap.from_s for gap in index.gaps) if index else 0.0
    if heard.duration_s - gaps_s < _LEAST_S:
        return found
    silent = [channel.sound_s < _SOUND_S for channel in heard.channels]
    if all(silent):
        found.append(Flag.SILENT)
    elif len(silent) == 2 and any(silent):
        left, right = _UNHEARD[kind]
        found.append(left if silent[0] else right)
    return found
