"""AMI's framing without sockets: bytes in, messages out; actions in, bytes out.

Asterisk ends a message with an empty line, and now and then (asterisk #761) with ``\\r\\n\\n``. Text is decoded only
when its message is complete, so a character cut by a TCP chunk's border stays whole. Events that nobody wants are
dropped before they are decoded or parsed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

MAX_MESSAGE = 1024 * 1024
"""Bytes of one message; a longer one is skipped and counted."""
MAX_LINE_SENT = 1022
"""Bytes of one header line that Asterisk reads (manager.c, inbuf)."""
MAX_HEADERS_SENT = 128
"""Headers of one action that Asterisk reads (AST_MAX_MANHEADERS)."""

HeaderValue = str | int | float | bool | Sequence[str] | Mapping[str, str] | None

_GREETING = b"Asterisk Call Manager/"
_MAX_GREETING = 256
_END, _SHORT_END = b"\r\n\r\n", b"\r\n\n"
_EVENT = b"Event: "
_ACTION_ID = b"\r\nActionID: "
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_()-]*")
_FORBIDDEN = re.compile(r"[\r\n\0]")
_VARIABLE = re.compile(r'[A-Za-z0-9_]+(?:\([^()"\\\[\]]*\))?')
_ESCAPED = r"\\\g<0>"
_BARE_VARIABLE = frozenset({"setvar", "getvar"})  # here the header Variable holds a mere name
_END_COMMAND = "--END COMMAND--"
_TO_ESCAPE = re.compile(r'[\\,"()\[\]]')


class AmiProtocolError(Exception):
    """The peer does not speak AMI."""


class AmiMessage:
    """One message: a response or an event. Names of headers are case-sensitive, as Asterisk writes them."""

    __slots__ = ("_first", "_more")

    def __init__(self, headers: Iterable[tuple[str, str]] | Mapping[str, str] = ()) -> None:
        self._first: dict[str, str] = {}
        self._more: dict[str, list[str]] = {}  # only names that came more than once, all their values
        if headers:
            for name, value in headers.items() if isinstance(headers, Mapping) else headers:
                self.add(name, value)

    def add(self, name: str, value: str) -> None:
        """Append a header."""
        if name in self._first:
            self._more.setdefault(name, [self._first[name]]).append(value)
        else:
            self._first[name] = value

    def take_all(self, headers: dict[str, str]) -> None:
        """Have these headers instead of the former ones; the mapping is kept, not copied."""
        self._first = headers
        self._more = {}

    def get(self, name: str, default: str = "") -> str:
        """Return a header's value (the first, where it came several times)."""
        return self._first.get(name, default)

    def get_all(self, name: str) -> list[str]:
        """Return all values of a header in order (``Output``, ``Variable``, ``ChanVariable``)."""
        if name in self._more:
            return list(self._more[name])
        return [self._first[name]] if name in self._first else []

    def variables(self, name: str = "ChanVariable") -> dict[str, str]:
        """Return the ``name=value`` pairs of a repeated header."""
        pairs = (text.partition("=") for text in self.get_all(name))
        return {key: value for key, _, value in pairs}

    def __getitem__(self, name: str) -> str:
        return self._first[name]

    def __contains__(self, name: object) -> bool:
        return name in self._first

    def __iter__(self) -> Iterator[str]:
        return iter(self._first)

    def __len__(self) -> int:
        return len(self._first)

    def items(self) -> list[tuple[str, str]]:
        """Return every header with every value."""
        return [(name, value) for name in self._first for value in self.get_all(name)]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AmiMessage) and self.items() == other.items()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"AmiMessage({self.items()!r})"

    @property
    def event(self) -> str:
        """The event's name, "" for a response."""
        return self._first.get("Event", "")

    @property
    def uniqueid(self) -> str:
        """The channel's unique id, or ""."""
        return self._first.get("Uniqueid", "")

    @property
    def linkedid(self) -> str:
        """The unique id of the oldest channel this one is or was joined to, or ""."""
        return self._first.get("Linkedid", "")

    @property
    def action_id(self) -> str:
        """The id of the action this answers, or ""."""
        return self._first.get("ActionID", "")

    @property
    def success(self) -> bool:
        """True for a response that is no refusal."""
        return self._first.get("Response", "") in ("Success", "Follows", "Goodbye")

    @property
    def output(self) -> list[str]:
        """The lines that a CLI command printed."""
        return self.get_all("Output")


AmiResponse = AmiMessage
"""A message that answers an action: ``.success``, ``.get("Message")``, ``.output``."""


_met: set[str] = set()
"""Names of headers met so far: Asterisk has some hundreds. They need not be looked at again."""
_MOST_MET = 2_000


def parse_message(text: str) -> AmiMessage:
    """Return the message that ``text`` (without its closing empty line) is. Lines that are no header are output."""
    message = AmiMessage()
    lines = text.split("\r\n")
    old_style = text.endswith(_END_COMMAND)  # ``Response: Follows``: the output is bare lines at the end
    if not old_style and (headers := _plain_headers(lines)) is not None:
        message.take_all(headers)
        return message
    for line in lines:
        name, colon, value = line.partition(":")
        if old_style and line.endswith(_END_COMMAND):
            for output in line.removesuffix(_END_COMMAND).removesuffix("\n").split("\n"):
                message.add("Output", output)
        elif colon and (name.isalnum() or _NAME.fullmatch(name) is not None):
            message.add(name, value[1:] if value.startswith(" ") else value)
            if len(_met) < _MOST_MET:
                _met.add(name)
        elif line:
            message.add("Output", line)
    return message


def _plain_headers(lines: Sequence[str]) -> dict[str, str] | None:
    """Return the headers of a message as most are: each line one, with a name met before and of its own; else None.

    An event has some thirty lines: this way each costs few of the interpreter's instructions.
    """
    try:
        headers = dict([line.split(": ", 1) for line in lines])
    except ValueError:
        return None
    return headers if len(headers) == len(lines) and headers.keys() <= _met else None


class AmiFraming:
    """Cuts what comes from Asterisk into messages. ``wanted``: names of events to keep (None: all).

    An event that carries an ActionID is part of an answer and is always kept.
    """

    def __init__(self, wanted: Iterable[str] | None = None, *, max_message: int = MAX_MESSAGE) -> None:
        self._wanted = None if wanted is None else frozenset(name.encode() for name in wanted)
        self._max_message = max_message
        self._buffer = bytearray()
        self._scanned = 0  # no end of a message begins before this offset
        self._skipping = False  # inside a message that is too long
        self.version = ""
        """Asterisk's AMI version, once it greeted."""
        self.dropped = 0
        """Events that nobody wanted."""
        self.oversized = 0
        """Messages skipped because they were too long."""

    def feed(self, data: bytes) -> list[AmiMessage]:
        """Take what came, cut anywhere; return complete messages. ``AmiProtocolError`` for a wrong greeting."""
        messages: list[AmiMessage] = []
        if self._is_whole(data):
            for raw in data[: -len(_END)].split(_END):
                self._take(raw, messages)
            return messages
        self._buffer += data
        if not self.version and not self._read_greeting():
            return []
        start = 0
        while True:
            end, after = self._find_end(max(start, self._scanned))
            if end < 0:
                break
            if self._skipping or end - start > self._max_message:
                self.oversized += not self._skipping
                self._skipping = False
            else:
                self._take(bytes(self._buffer[start:end]), messages)
            start = self._scanned = after
        self._keep_rest(start)
        return messages

    def _is_whole(self, data: bytes) -> bool:
        """Whether nothing is left over from before, and ``data`` is nothing but complete messages, as it mostly is."""
        return (
            not self._buffer
            and not self._skipping
            and bool(self.version)
            and data.endswith(_END)
            and len(data) <= self._max_message
            and _SHORT_END not in data
        )

    def _read_greeting(self) -> bool:
        line, newline, _ = bytes(self._buffer[: _MAX_GREETING + 1]).partition(b"\n")
        if not _GREETING.startswith(line[: len(_GREETING)]) or len(line) > _MAX_GREETING:
            raise AmiProtocolError(f"this is no Asterisk manager port: {line[:60]!r}")
        if not newline or not line.startswith(_GREETING):
            if newline:
                raise AmiProtocolError(f"this is no Asterisk manager port: {line[:60]!r}")
            return False
        self.version = line[len(_GREETING) :].strip().decode("ascii", "replace") or "?"
        del self._buffer[: len(line) + 1]
        return True

    def _find_end(self, start: int) -> tuple[int, int]:
        """Return where the next message's text ends and where the next message begins, or (-1, -1)."""
        end = self._buffer.find(_END, start)
        short = self._buffer.find(_SHORT_END, start, end + 2 if end >= 0 else len(self._buffer))
        if short >= 0:
            return short, short + len(_SHORT_END)
        return (end, end + len(_END)) if end >= 0 else (-1, -1)

    def _keep_rest(self, start: int) -> None:
        del self._buffer[:start]
        size = len(self._buffer)
        if size > self._max_message + len(_END):
            self.oversized += not self._skipping
            self._skipping = True
        if self._skipping:
            del self._buffer[: -(len(_END) - 1)]
            size = len(self._buffer)
        self._scanned = max(0, size - (len(_END) - 1))

    def _take(self, raw: bytes, messages: list[AmiMessage]) -> None:
        raw = raw.lstrip(b"\r\n")
        if self._wanted is not None and raw.startswith(_EVENT):
            name = raw.partition(b"\r\n")[0][len(_EVENT) :]
            if name not in self._wanted and _ACTION_ID not in raw:
                self.dropped += 1
                return
        message = parse_message(raw.decode("utf-8", "replace"))
        if message.event or "Response" in message:
            messages.append(message)


def _lines_of(value: HeaderValue) -> list[str]:
    """Return a header's values as text, one for each line to be sent."""
    if value is None:
        return []
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, str | int | float):
        return [str(value)]
    if isinstance(value, Mapping):
        return [f"{key}={text}" for key, text in value.items()]
    return [str(item) for item in value]


def _escape_variable(text: str) -> str:
    """Escape a ``name=value``: Asterisk splits this header at commas, and a caller's name may hold one."""
    name, equals, value = text.partition("=")
    if not equals or _VARIABLE.fullmatch(name) is None:
        raise ValueError(f"not a variable: {text[:80]!r}")
    return f"{name}={_TO_ESCAPE.sub(_ESCAPED, value)}"


def encode_action(name: str, headers: Mapping[str, HeaderValue]) -> bytes:
    """Return an action as bytes. ``Variable`` takes a mapping or ``name=value`` texts; None leaves a header out.

    ``ValueError`` for CR, LF or NUL anywhere (they would become headers or actions of their own), for a header's
    name that is none, and for lines or numbers of lines that Asterisk would not read.
    """
    lines = [f"Action: {name}"]
    for header, value in headers.items():
        if _NAME.fullmatch(header) is None:
            raise ValueError(f"not a header's name: {header!r}")
        texts = _lines_of(value)
        if header == "Variable" and name.lower() not in _BARE_VARIABLE:
            texts = [_escape_variable(text) for text in texts]
        lines += [f"{header}: {text}" for text in texts]
    if len(lines) > MAX_HEADERS_SENT:
        raise ValueError(f"{name} would have {len(lines)} headers; Asterisk reads {MAX_HEADERS_SENT}")
    encoded = []
    for line in lines:
        if _FORBIDDEN.search(line) is not None:
            raise ValueError(f"a header of {name} contains CR, LF or NUL: {line[:80]!r}")
        raw = line.encode("utf-8", "replace")
        if len(raw) > MAX_LINE_SENT:
            raise ValueError(f"a header of {name} would be {len(raw)} bytes long: {line[:80]!r}")
        encoded.append(raw)
    return b"\r\n".join(encoded) + b"\r\n\r\n"
