"""The FastAGI protocol without sockets: bytes in, events out; commands in, bytes out.

A session is one state machine whose whole law is the table ``LAW``: (state, what came) -> next state. A pair that is
not in the table breaks the session (``Broken``). End of file is a case like any other. Every buffer has a bound.

What Asterisk sends (res_agi.c): the environment (``agi_*: value`` lines and a blank one), then one reply for each
command (``200 result=…``, 510, 511, 520 in one or many lines, 100 as a mere sign of life), and at any place between
lines a bare ``HANGUP``, which is news and never a reply.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

MAX_LINE = 64 * 1024
"""Bytes in one line, or in one reply of many lines."""
MAX_ENVIRONMENT_LINES = 512
MAX_ENVIRONMENT_SIZE = 256 * 1024
MAX_STRAYS = 1000
"""Lines nobody asked for, before the peer is taken to speak another protocol."""
MAX_COMMAND = 2047
"""Bytes of one command with its newline: Asterisk's AGI_BUF_LEN; what is longer it would read as two commands."""


class State(Enum):
    """Where a session stands."""

    START = auto()  # nothing read yet; the first line must be a field of the environment
    ENVIRONMENT = auto()  # reading the environment
    IDLE = auto()  # no command is waiting for its reply
    AWAITING = auto()  # a command was sent, its reply is due
    USAGE = auto()  # inside a 520 reply of many lines
    VALUE = auto()  # inside a 200 reply whose value contains line breaks
    CLOSED = auto()  # the peer has closed
    BROKEN = auto()  # the peer broke the protocol or a limit; nothing more is read


class Kind(Enum):
    """What can come."""

    FIELD = auto()  # ``agi_name: value``
    BLANK = auto()
    HANG_UP = auto()  # ``HANGUP``
    TRYING = auto()  # ``100 …``
    REPLY = auto()  # a whole reply in one line
    OPEN_USAGE = auto()  # ``520-…``
    OPEN_VALUE = auto()  # ``200 result=1 (…`` that does not close in this line
    TEXT = auto()  # any other line
    END = auto()  # the line that ends a reply of many lines
    SEND = auto()  # we send a command
    END_OF_FILE = auto()
    LIMIT = auto()  # a bound was passed


LAW: Mapping[tuple[State, Kind], State] = {
    (State.START, Kind.FIELD): State.ENVIRONMENT,
    (State.ENVIRONMENT, Kind.FIELD): State.ENVIRONMENT,
    (State.ENVIRONMENT, Kind.TEXT): State.ENVIRONMENT,  # the rest of a value with a line break in it: dropped
    (State.ENVIRONMENT, Kind.HANG_UP): State.ENVIRONMENT,
    (State.ENVIRONMENT, Kind.BLANK): State.IDLE,
    (State.IDLE, Kind.SEND): State.AWAITING,
    (State.IDLE, Kind.HANG_UP): State.IDLE,
    (State.IDLE, Kind.TRYING): State.IDLE,
    (State.IDLE, Kind.BLANK): State.IDLE,
    (State.IDLE, Kind.REPLY): State.IDLE,  # stray, as are the next three
    (State.IDLE, Kind.TEXT): State.IDLE,
    (State.IDLE, Kind.OPEN_VALUE): State.IDLE,
    (State.IDLE, Kind.OPEN_USAGE): State.IDLE,
    (State.AWAITING, Kind.REPLY): State.IDLE,
    (State.AWAITING, Kind.OPEN_USAGE): State.USAGE,
    (State.AWAITING, Kind.OPEN_VALUE): State.VALUE,
    (State.AWAITING, Kind.TRYING): State.AWAITING,
    (State.AWAITING, Kind.HANG_UP): State.AWAITING,
    (State.AWAITING, Kind.BLANK): State.AWAITING,
    (State.AWAITING, Kind.TEXT): State.AWAITING,  # stray
    (State.USAGE, Kind.TEXT): State.USAGE,
    (State.USAGE, Kind.HANG_UP): State.USAGE,
    (State.USAGE, Kind.END): State.IDLE,
    (State.VALUE, Kind.TEXT): State.VALUE,
    (State.VALUE, Kind.HANG_UP): State.VALUE,
    (State.VALUE, Kind.END): State.IDLE,
    **{(state, Kind.LIMIT): State.BROKEN for state in State if state not in {State.CLOSED, State.BROKEN}},
    **{(state, Kind.END_OF_FILE): State.CLOSED for state in State if state is not State.CLOSED},
}
"""The law of the protocol."""


@dataclass(frozen=True, slots=True)
class EnvironmentRead:
    """The environment is complete. A name that came twice keeps its first value."""

    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """The reply to the command sent last. ``code`` 200 is success; the other parts are as the command tells."""

    code: int
    result: str = ""  # what stands after ``result=``: a number, or digits pressed (leading zeros count, * and #)
    data: str = ""  # what stands in the parentheses: a variable's value, ``timeout``, …
    endpos: int | None = None  # samples played or recorded, where the command tells
    text: str = ""  # the reply as it came, code and result cut off; for 520 the usage

    @property
    def number(self) -> int:
        """``result`` as a number; 0 where it is none."""
        return int(self.result) if _NUMBER.fullmatch(self.result) is not None else 0


@dataclass(frozen=True, slots=True)
class HangUp:
    """The bare ``HANGUP`` line: the channel left this AGI session (hung up, or redirected away)."""


@dataclass(frozen=True, slots=True)
class Stray:
    """A line that nobody asked for; to be counted, not answered."""

    line: str


@dataclass(frozen=True, slots=True)
class EndOfFile:
    """The peer has closed; no event follows."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The peer does not speak AGI or passed a limit; only ``EndOfFile`` may follow."""

    reason: str


AgiEvent = EnvironmentRead | Reply | HangUp | Stray | EndOfFile | Broken

_NUMBER = re.compile(r"-?[0-9]{1,18}")
_REPLY = re.compile(r"([0-9]{3})(?:[ -]|$)(.*)", re.DOTALL)
_RESULT = re.compile(r"result=(\S*)(?: \((.*)\))?((?: [^()]*)?)", re.DOTALL)
_ENDPOS = re.compile(r"\bendpos=(-?[0-9]{1,18})\b")
_OPEN_VALUE = re.compile(r"200 result=\S* \((?!.*\)(?: [^()]*)?$)")
_CLOSES_VALUE = re.compile(r"\)(?: endpos=-?[0-9]+)?$")
_PLAIN = re.compile(r"[A-Za-z0-9_./:@+*#-]+")
_FORBIDDEN = re.compile(r"[\r\n\0]")
_COMMAND = re.compile(r"[A-Za-z][A-Za-z0-9_ ]*")


def encode(command: str, *args: str | float) -> bytes:
    """Return one command as bytes, each argument quoted where it must be.

    ``ValueError`` for CR, LF or NUL in an argument (it would become a second command), for a command name that is
    not letters, digits, spaces, and for a command longer than Asterisk reads (``MAX_COMMAND``).
    """
    if _COMMAND.fullmatch(command) is None:
        raise ValueError(f"not an AGI command: {command!r}")
    words = [command]
    for arg in args:
        word = str(arg)
        if _PLAIN.fullmatch(word) is None:
            if _FORBIDDEN.search(word) is not None:
                raise ValueError(f"an argument of {command} contains CR, LF or NUL: {word[:80]!r}")
            word = '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
        words.append(word)
    data = " ".join(words).encode("utf-8", "surrogateescape") + b"\n"
    if len(data) > MAX_COMMAND:
        raise ValueError(f"{command} would be {len(data)} bytes long; Asterisk reads {MAX_COMMAND}")
    return data


def parse_reply(line: str) -> Reply:
    """Return the reply that ``line`` (or, joined by newlines, lines) is. ``ValueError`` where it is none."""
    if line in _MOST_USUAL:
        return _MOST_USUAL[line]
    head = _REPLY.fullmatch(line)
    if head is None:
        raise ValueError(f"not an AGI reply: {line[:80]!r}")
    code, text = int(head[1]), head[2]
    parts = _RESULT.fullmatch(text)
    if parts is None:
        return Reply(code, text=text.strip())
    result, data, rest = parts[1], parts[2] or "", parts[3]
    endpos = _ENDPOS.search(rest) if rest else None
    return Reply(code, result, data, int(endpos[1]) if endpos else None, rest.strip())


_MOST_USUAL: Mapping[str, Reply] = {f"200 result={number}": Reply(200, number) for number in ("0", "1", "-1")}
"""Most replies are one of these; replies do not change, so one is like another."""


def _kind_of_line(state: State, line: str) -> Kind:  # noqa: PLR0911 - one case a line
    """Say what a complete line is, in the state it came in."""
    if line == "HANGUP":
        return Kind.HANG_UP
    if state is State.USAGE:
        return Kind.END if line.startswith("520 ") else Kind.TEXT
    if state is State.VALUE:
        return Kind.END if _CLOSES_VALUE.search(line) else Kind.TEXT
    if not line:
        return Kind.BLANK
    if state is State.START or state is State.ENVIRONMENT:
        return Kind.FIELD if line.startswith("agi_") and ":" in line else Kind.TEXT
    if line in _MOST_USUAL:
        return Kind.REPLY
    if line.startswith("100 "):
        return Kind.TRYING
    if line.startswith("520-"):
        return Kind.OPEN_USAGE
    if _OPEN_VALUE.match(line) is not None:
        return Kind.OPEN_VALUE
    return Kind.REPLY if _REPLY.fullmatch(line) is not None else Kind.TEXT


class AgiCodec:
    """One FastAGI session's protocol. Never raises on what a peer sends."""

    def __init__(self) -> None:
        self.state = State.START
        self._buffer = bytearray()  # an unfinished line
        self._environment: dict[str, str] = {}
        self._environment_lines = 0
        self._environment_size = 0
        self._lines: list[str] = []  # a reply of many lines, so far
        self._lines_size = 0
        self._strays = 0

    @property
    def awaiting(self) -> bool:
        """A command was sent and its reply has not come (whole) yet."""
        return self.state in _AWAITING

    def send(self, data: bytes) -> bytes:
        """Note that ``data`` (made by ``encode``) is being sent, and return it. ``RuntimeError`` unless IDLE."""
        if self.state is not State.IDLE:
            raise RuntimeError(f"a command cannot be sent in state {self.state.name}")
        self.state = LAW[self.state, Kind.SEND]
        return data

    def feed(self, data: bytes) -> list[AgiEvent]:
        """Take what came from the peer, cut anywhere, and return what it means."""
        if self.state is State.BROKEN or self.state is State.CLOSED:
            return []
        events: list[AgiEvent] = []
        *complete, rest = data.split(b"\n")
        for piece in complete:
            raw = bytes(self._buffer) + piece if self._buffer else piece
            self._buffer.clear()
            self._take_line(raw, events)
            if events and isinstance(events[-1], Broken):
                return events
        self._buffer += rest
        if len(self._buffer) > MAX_LINE + 1:  # a CR before the newline does not count
            self._break("a line is too long", events)
        return events

    def end_of_file(self) -> list[AgiEvent]:
        """The peer has closed: an unfinished line is dropped. Returns ``EndOfFile`` once."""
        if self.state is State.CLOSED:
            return []
        self._step(Kind.END_OF_FILE)
        self._buffer.clear()
        return [EndOfFile()]

    def _step(self, kind: Kind) -> bool:
        after = LAW.get((self.state, kind))
        if after is None:
            return False
        self.state = after
        return True

    def _break(self, reason: str, events: list[AgiEvent]) -> None:
        self.state = LAW[self.state, Kind.LIMIT]
        self._buffer.clear()
        self._lines.clear()
        events.append(Broken(reason))

    def _take_line(self, raw: bytes, events: list[AgiEvent]) -> None:
        if raw.endswith(b"\r"):
            raw = raw[:-1]
        if len(raw) > MAX_LINE:
            self._break("a line is too long", events)
            return
        line = raw.decode("utf-8", "replace")
        before = self.state
        # As ``_kind_of_line`` and ``LAW`` say; asking them for each of thirty lines took a third of the reading.
        if before is State.ENVIRONMENT and raw.startswith(b"agi_") and b":" in raw:
            self._take_environment(Kind.FIELD, line, len(raw), events)
            return
        kind = _kind_of_line(before, line)
        if not self._step(kind):
            self._break(f"{kind.name} in state {before.name}: {line[:80]!r}", events)
        elif kind is Kind.HANG_UP:
            events.append(HangUp())
        elif before is State.AWAITING and kind is Kind.REPLY:
            events.append(parse_reply(line))
        elif before is State.ENVIRONMENT or before is State.START:
            self._take_environment(kind, line, len(raw), events)
        elif kind is Kind.OPEN_USAGE or kind is Kind.OPEN_VALUE or before in _MANY_LINES:
            self._take_many(before, kind, line, len(raw), events)
        elif kind is Kind.REPLY or kind is Kind.TEXT:
            self._take_stray(line, events)

    def _take_environment(self, kind: Kind, line: str, size: int, events: list[AgiEvent]) -> None:
        self._environment_lines += 1
        self._environment_size += size
        if self._environment_lines > MAX_ENVIRONMENT_LINES or self._environment_size > MAX_ENVIRONMENT_SIZE:
            self._break("the environment is too large", events)
        elif kind is Kind.FIELD:
            name, _, value = line.partition(":")
            self._environment.setdefault(name, value.removeprefix(" "))
        elif kind is Kind.BLANK:
            events.append(EnvironmentRead(self._environment))

    def _take_many(self, before: State, kind: Kind, line: str, size: int, events: list[AgiEvent]) -> None:
        if before is State.IDLE:
            self._take_stray(line, events)
            return
        self._lines.append(line)
        self._lines_size += size + 1
        if self._lines_size > MAX_LINE:
            self._break("a reply is too long", events)
        elif kind is Kind.END:
            if before is State.USAGE:
                usage = [self._lines[0].removeprefix("520-"), *self._lines[1:-1]]
                events.append(Reply(520, text="\n".join(usage).strip()))
            else:
                events.append(parse_reply("\n".join(self._lines)))
            self._lines = []
            self._lines_size = 0

    def _take_stray(self, line: str, events: list[AgiEvent]) -> None:
        self._strays += 1
        if self._strays > MAX_STRAYS:
            self._break("too many lines that nobody asked for", events)
        else:
            events.append(Stray(line))


_AWAITING = frozenset({State.AWAITING, State.USAGE, State.VALUE})
_MANY_LINES = frozenset({State.USAGE, State.VALUE})
