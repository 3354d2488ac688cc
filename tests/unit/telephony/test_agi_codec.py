"""The FastAGI protocol: every reply form, every fault of a peer, any cutting of the bytes."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telephony import agi_codec
from telephony.agi_codec import (
    LAW,
    AgiCodec,
    AgiEvent,
    Broken,
    EndOfFile,
    EnvironmentRead,
    HangUp,
    Kind,
    Reply,
    State,
    Stray,
    encode,
    parse_reply,
)

ENVIRONMENT = b"agi_network: yes\nagi_network_script: call?lang=zh\nagi_calleridname: \xe5\xbc\xa0\xe4\xb8\x89\n\n"


def ready() -> AgiCodec:
    codec = AgiCodec()
    assert len(codec.feed(ENVIRONMENT)) == 1
    return codec


def asked(command: str = "NOOP") -> AgiCodec:
    codec = ready()
    codec.send(encode(command))
    return codec


def feed_in_pieces(codec: AgiCodec, data: bytes, cuts: list[int]) -> list[AgiEvent]:
    events: list[AgiEvent] = []
    borders = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    for start, end in itertools.pairwise(borders):
        events += codec.feed(data[start:end])
    return events + codec.end_of_file()


def test_the_environment_is_read_with_chinese_names():
    (event,) = AgiCodec().feed(ENVIRONMENT)
    assert isinstance(event, EnvironmentRead)
    assert event.environment["agi_calleridname"] == "张三"


def test_a_name_that_comes_twice_in_the_environment_keeps_its_first_value():
    (event,) = AgiCodec().feed(b"agi_request: agi://h/call\nagi_calleridname: x\nagi_request: agi://h/evil\n\n")
    assert isinstance(event, EnvironmentRead)
    assert event.environment["agi_request"] == "agi://h/call"


def test_an_environment_value_with_a_line_break_does_not_break_the_session():
    (event,) = AgiCodec().feed(b"agi_calleridname: first\nsecond line\nagi_context: inbound\n\n")
    assert isinstance(event, EnvironmentRead)
    assert event.environment == {"agi_calleridname": "first", "agi_context": "inbound"}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("200 result=0", Reply(200, "0")),
        ("200 result=-1", Reply(200, "-1")),
        ("200 result=1 (hangup)", Reply(200, "1", "hangup")),
        ("200 result=1 (张 (三) x)", Reply(200, "1", "张 (三) x")),
        ("200 result=1 ()", Reply(200, "1")),
        ("200 result= (timeout)", Reply(200, "", "timeout")),
        ("200 result=0123 (timeout)", Reply(200, "0123", "timeout")),
        ("200 result=0 endpos=16160", Reply(200, "0", endpos=16160, text="endpos=16160")),
        ("200 result=35 (dtmf) endpos=80", Reply(200, "35", "dtmf", endpos=80, text="endpos=80")),
        ("200 result=0 Gosub complete", Reply(200, "0", text="Gosub complete")),
        ("510 Invalid or unknown command", Reply(510, text="Invalid or unknown command")),
        ("511 Command Not Permitted on a dead channel", Reply(511, text="Command Not Permitted on a dead channel")),
        ("520 Invalid command syntax.", Reply(520, text="Invalid command syntax.")),
    ],
)
def test_each_form_of_reply_is_understood(line, expected):
    codec = asked()
    assert codec.feed(line.encode() + b"\n") == [expected]
    assert codec.state is State.IDLE


def test_digits_keep_their_leading_zeros_and_a_number_can_be_read():
    assert parse_reply("200 result=0123").result == "0123"
    assert parse_reply("200 result=49 endpos=5").number == 49
    assert parse_reply("200 result=*12").number == 0


def test_a_usage_of_many_lines_is_one_reply():
    codec = asked()
    usage = (
        b"520-Invalid command syntax.  Proper usage follows:\n Usage: STREAM FILE\n\tplays\n520 End of proper usage.\n"
    )
    (reply,) = codec.feed(usage)
    assert isinstance(reply, Reply)
    assert reply.code == 520
    assert "STREAM FILE" in reply.text
    assert codec.state is State.IDLE


def test_a_value_with_line_breaks_is_one_reply():
    codec = asked()
    assert codec.feed(b"200 result=1 (one\ntwo\n200 result=0\nthree)\n") == [
        Reply(200, "1", "one\ntwo\n200 result=0\nthree")
    ]


def test_trying_is_no_reply():
    codec = asked()
    assert codec.feed(b"100 result=0 Trying...\n") == []
    assert codec.awaiting
    assert codec.feed(b"200 result=0\n") == [Reply(200, "0")]


def test_the_hangup_line_is_never_taken_as_a_reply():
    codec = asked()
    assert codec.feed(b"HANGUP\n") == [HangUp()]
    assert codec.awaiting
    assert codec.feed(b"200 result=-1\n") == [Reply(200, "-1")]
    assert codec.feed(b"HANGUP\n") == [HangUp()]


def test_a_reply_that_nobody_asked_for_is_stray():
    codec = ready()
    assert codec.feed(b"200 result=0\n") == [Stray("200 result=0")]
    assert codec.state is State.IDLE


def test_end_of_file_drops_a_half_line_and_is_told_once():
    codec = asked()
    codec.feed(b"200 resu")
    assert codec.end_of_file() == [EndOfFile()]
    assert codec.end_of_file() == []
    assert codec.feed(b"lt=0\n") == []
    with pytest.raises(RuntimeError):
        codec.send(encode("NOOP"))


@pytest.mark.parametrize(
    "first", [b"GET / HTTP/1.1\r\n\r\n", b"\n", b"200 result=0\n", b"\x16\x03\x01\x02\n", b"HANGUP\n"]
)
def test_a_peer_that_speaks_something_else_is_told_at_its_first_line(first):
    codec = AgiCodec()
    events = codec.feed(first)
    assert isinstance(events[-1], Broken)
    assert codec.feed(b"agi_network: yes\n\n") == []


def test_a_line_without_end_is_bounded():
    codec = AgiCodec()
    events: list[AgiEvent] = []
    for _ in range(100):
        events += codec.feed(b"a" * 4096)
    assert [type(event) for event in events] == [Broken]
    assert len(codec._buffer) == 0


def test_an_environment_without_end_is_bounded():
    codec = AgiCodec()
    events: list[AgiEvent] = []
    for number in range(100_000):
        events += codec.feed(f"agi_arg_{number}: x\n".encode())
        if events:
            break
    assert isinstance(events[-1], Broken)
    assert number == agi_codec.MAX_ENVIRONMENT_LINES


def test_a_usage_without_end_is_bounded():
    codec = asked()
    codec.feed(b"520-Usage\n")
    events: list[AgiEvent] = []
    for _ in range(100):
        events += codec.feed(b"x" * 1000 + b"\n")
    assert isinstance(events[-1], Broken)


def test_a_flood_of_lines_nobody_asked_for_is_bounded():
    events = ready().feed(b"noise\n" * (agi_codec.MAX_STRAYS + 10))
    assert isinstance(events[-1], Broken)
    assert len(events) == agi_codec.MAX_STRAYS + 1


def test_only_one_command_can_be_under_way():
    with pytest.raises(RuntimeError):
        asked().send(encode("NOOP"))


def test_arguments_are_quoted_so_that_they_stay_one_argument():
    assert encode("STREAM FILE", "prompts/hello", "12#") == b"STREAM FILE prompts/hello 12#\n"
    assert encode("STREAM FILE", "a", "") == b'STREAM FILE a ""\n'
    assert encode("SET VARIABLE", "X", 'say "hi" \\ 张三') == 'SET VARIABLE X "say \\"hi\\" \\\\ 张三"\n'.encode()
    assert encode("EXEC Dial", "PJSIP/1001,20,g") == b'EXEC Dial "PJSIP/1001,20,g"\n'


@pytest.mark.parametrize("evil", ["a\nHANGUP", "a\rb", "a\0b"])
def test_a_line_break_in_an_argument_is_refused(evil):
    with pytest.raises(ValueError, match="contains CR"):
        encode("SET VARIABLE", "X", evil)


def test_a_line_break_in_a_command_and_a_command_longer_than_asterisk_reads_are_refused():
    with pytest.raises(ValueError, match="not an AGI command"):
        encode("NOOP\nHANGUP")
    assert len(encode("NOOP", "x" * (agi_codec.MAX_COMMAND - 6))) == agi_codec.MAX_COMMAND
    with pytest.raises(ValueError, match="Asterisk reads"):
        encode("NOOP", "x" * (agi_codec.MAX_COMMAND - 5))


def test_the_law_knows_an_end_of_file_and_a_limit_in_every_state():
    for state in State:
        assert (state, Kind.END_OF_FILE) in LAW or state is State.CLOSED
        assert (state, Kind.LIMIT) in LAW or state in {State.CLOSED, State.BROKEN}


LINES = st.sampled_from(
    [b"200 result=0", b"HANGUP", b"520-usage", b"520 End of proper usage.", b"511 dead", b"200 result=1 (a", b"b)", b"",
     "200 result=1 (张三)".encode(), b"100 Trying", b"agi_x: y", b"noise", b"200 result=1 (hangup) endpos=3", b"\xff"]
)  # fmt: skip


@given(
    st.sampled_from([AgiCodec, ready, asked]),
    st.booleans(),
    st.lists(LINES, max_size=20),
    st.lists(st.integers(0, 10_000), max_size=30),
)
def test_any_cutting_of_the_bytes_gives_the_same_events(begin, with_environment, lines, cuts):
    data = (ENVIRONMENT if with_environment else b"") + b"\n".join(lines) + b"\n"
    assert feed_in_pieces(begin(), data, cuts) == feed_in_pieces(begin(), data, [])


@given(st.lists(st.binary(max_size=300), max_size=30), st.booleans())
@settings(max_examples=200)
def test_random_bytes_raise_nothing_and_fill_no_memory(chunks, with_environment):
    codec = ready() if with_environment else AgiCodec()
    for chunk in chunks:
        for event in codec.feed(chunk):
            assert isinstance(event, AgiEvent)
        if codec.state is State.IDLE:
            codec.send(b"NOOP\n")
        assert len(codec._buffer) <= agi_codec.MAX_LINE + 300


@given(st.text(max_size=200))
def test_an_argument_comes_out_of_asterisks_parser_as_it_went_in_or_is_refused(text):
    try:
        data = encode("NOOP", text)
    except ValueError:
        assert any(c in text for c in "\r\n\0") or len(text.encode("utf-8", "replace")) > 500 or not _encodable(text)
        return
    assert data.count(b"\n") == 1
    assert _asterisk_arguments(data[:-1].decode("utf-8", "surrogateescape"))[1:] == [text]


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


def _asterisk_arguments(line: str) -> list[str]:
    """Split as res_agi's parse_args does: quotes group, a backslash takes the next character as it is."""
    words: list[str] = []
    word: str | None = None
    quoted = escaped = False
    for char in line:
        if escaped:
            word, escaped = (word or "") + char, False
        elif char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
            word = word or ""
        elif char in " \t" and not quoted:
            if word is not None:
                words.append(word)
            word = None
        else:
            word = (word or "") + char
    return [*words, word] if word is not None else words
