"""Session descriptions with one audio stream: offers and answers (RFC 3264, RFC 8866)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

PCMU = 0
PCMA = 8
TELEPHONE_EVENT = 101
NAMES = {PCMU: "PCMU/8000", PCMA: "PCMA/8000"}


class Direction(StrEnum):
    """Who may send, as the describing side sees it."""

    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"  # puts the other on hold
    RECVONLY = "recvonly"
    INACTIVE = "inactive"

    @property
    def sends(self) -> bool:
        """Whether the describing side sends."""
        return self in (Direction.SENDRECV, Direction.SENDONLY)

    @property
    def receives(self) -> bool:
        """Whether the describing side wants to receive."""
        return self in (Direction.SENDRECV, Direction.RECVONLY)

    def answer(self, wanted: "Direction") -> "Direction":
        """Return the direction of an answer to this one, by a side that wants ``wanted``."""
        send = wanted.sends and self.receives
        receive = wanted.receives and self.sends
        if send:
            return Direction.SENDRECV if receive else Direction.SENDONLY
        return Direction.RECVONLY if receive else Direction.INACTIVE


_DIRECTIONS = frozenset(Direction)


@dataclass(frozen=True, slots=True)
class Audio:
    """One side's audio stream."""

    host: str
    port: int  # 0: refused
    codecs: tuple[int, ...]  # G.711 payload types, best first
    event_type: int | None = TELEPHONE_EVENT  # payload type of RFC 4733 events, None when not offered
    direction: Direction = Direction.SENDRECV
    refused: tuple[str, ...] = ()  # further m= lines of an offer, which the answer must refuse in place
    position: int = 0  # of the audio line among all m= lines


class NotAcceptable(ValueError):
    """A description has no audio that both sides can speak."""


def parse(body: bytes) -> Audio:
    """Return the first audio stream of a description; raises ``NotAcceptable`` when there is none."""
    host, port, position = "", 0, -1
    payloads: tuple[int, ...] = ()
    names: dict[int, str] = {}
    direction = Direction.SENDRECV
    others: list[str] = []
    section = "session"  # session, audio, other
    count = 0
    for line in body.decode("utf8", "replace").splitlines():
        kind, _, value = line.strip().partition("=")
        if kind == "m":
            words = value.split()
            if words[:1] == ["audio"] and position < 0 and len(words) > 3:
                section, position = "audio", count
                port = int(words[1].partition("/")[0])
                payloads = tuple(int(word) for word in words[3:] if word.isdigit())
            else:
                section = "other"
                others.append(f"{value.split(' ', 1)[0]} 0 {' '.join(words[2:])}")
            count += 1
        elif section == "other":
            continue
        elif kind == "c" and (section == "audio" or not host):
            host = value.split()[-1].partition("/")[0] if value.split() else ""
        elif kind == "a" and value in _DIRECTIONS:
            direction = Direction(value)
        elif kind == "a" and section == "audio" and value.startswith("rtpmap:"):
            number, _, name = value[len("rtpmap:") :].partition(" ")
            names[int(number)] = name.strip().lower()
    if position < 0:
        raise NotAcceptable("no audio in the description")
    if host == "0.0.0.0":  # the old way to put on hold
        direction = Direction.INACTIVE
    events = [number for number in payloads if names.get(number, "").startswith("telephone-event/8000")]
    codecs = tuple(number for number in payloads if number in NAMES)
    return Audio(host, port, codecs, events[0] if events else None, direction, tuple(others), position)


def answer(offer: Audio, mine: Audio) -> Audio:
    """Return our answer to an offer; raises ``NotAcceptable`` when no codec is common."""
    common = tuple(codec for codec in offer.codecs if codec in mine.codecs)
    if not common or offer.port == 0:
        raise NotAcceptable("no common codec")
    return replace(
        mine,
        codecs=common,
        event_type=offer.event_type if mine.event_type is not None else None,
        direction=offer.direction.answer(mine.direction),
        refused=offer.refused,
        position=offer.position,
    )


def render(audio: Audio, session_id: int, version: int) -> bytes:
    """Return the description's bytes."""
    family = "IP6" if ":" in audio.host else "IP4"
    lines = [
        "v=0",
        f"o=- {session_id} {version} IN {family} {audio.host}",
        "s=simulator",
        f"c=IN {family} {audio.host}",
        "t=0 0",
    ]
    sections = [[f"m={line}"] for line in audio.refused]
    sections.insert(audio.position, _audio_lines(audio))
    lines += [line for section in sections for line in section]
    return ("\r\n".join(lines) + "\r\n").encode()


def _audio_lines(audio: Audio) -> list[str]:
    numbers: Sequence[int] = [*audio.codecs, *([audio.event_type] if audio.event_type is not None else [])]
    lines = [f"m=audio {audio.port} RTP/AVP {' '.join(map(str, numbers))}"]
    lines += [f"a=rtpmap:{codec} {NAMES[codec]}" for codec in audio.codecs]
    if audio.event_type is not None:
        lines += [f"a=rtpmap:{audio.event_type} telephone-event/8000", f"a=fmtp:{audio.event_type} 0-15"]
    return [*lines, "a=ptime:20", f"a={audio.direction}"]
