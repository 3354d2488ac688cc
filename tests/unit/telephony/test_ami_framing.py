"""AMI's framing: any cutting of the bytes, Asterisk's odd ends, bounds, and nothing injected."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telephony import ami_framing
from telephony.ami_framing import AmiFraming, AmiMessage, AmiProtocolError, encode_action, parse_message

GREETING = b"Asterisk Call Manager/9.0.0\r\n"
ZHANG = "Event: Newchannel\r\nCallerIDName: 张三\r\nUniqueid: n-1.1\r\n\r\n".encode()


def greeted(wanted: list[str] | None = None, **options: int) -> AmiFraming:
    framing = AmiFraming(wanted, **options)
    assert framing.feed(GREETING) == []
    assert framing.version == "9.0.0"
    return framing


def test_chinese_names_survive_every_chunk_border():
    data = GREETING + ZHANG + ZHANG
    for border in range(len(data) + 1):
        framing = AmiFraming()
        messages = framing.feed(data[:border]) + framing.feed(data[border:])
        assert [message.get("CallerIDName") for message in messages] == ["张三", "张三"], border


def test_an_event_may_end_in_one_and_a_half_line_ends():
    framing = greeted()
    messages = framing.feed(b"Event: A\r\nX: 1\r\n\nEvent: B\r\nX: 2\r\n\r\nEvent: C\r\n\n")
    assert [message.event for message in messages] == ["A", "B", "C"]
    assert messages[0].get("X") == "1"


def test_bytes_that_are_no_utf8_do_not_disturb_the_rest():
    (message,) = greeted().feed(b"Event: A\r\nX: \xe5\xbc\r\nY: ok\r\n\r\n")
    assert message.get("X") == "\ufffd"
    assert message.get("Y") == "ok"


def test_unwanted_events_are_dropped_unless_they_answer_an_action():
    framing = greeted(["Hangup"])
    messages = framing.feed(
        b"Event: VarSet\r\nX: 1\r\n\r\nEvent: Hangup\r\nX: 2\r\n\r\n"
        b"Event: CoreShowChannel\r\nActionID: a-1\r\n\r\nResponse: Success\r\nActionID: a-1\r\n\r\n"
    )
    assert [message.event for message in messages] == ["Hangup", "CoreShowChannel", ""]
    assert framing.dropped == 1


def test_headers_that_come_several_times_are_kept_as_a_list():
    message = parse_message("Event: X\r\nChanVariable: A=1\r\nChanVariable: B=2=3\r\nUniqueid: u\r\nLinkedid: l")
    assert message.get_all("ChanVariable") == ["A=1", "B=2=3"]
    assert message.variables() == {"A": "1", "B": "2=3"}
    assert message.get("ChanVariable") == "A=1"
    assert (message.uniqueid, message.linkedid, message.get("chanvariable"), len(message)) == ("u", "l", "", 4)
    assert ("ChanVariable", "B=2=3") in message.items()


def test_what_a_command_printed_is_kept_line_by_line():
    new = parse_message("Response: Success\r\nActionID: 1\r\nOutput: a: b\r\nOutput:  two\r\nOutput: ")
    assert new.output == ["a: b", " two", ""]
    old = parse_message("Response: Follows\r\nPrivilege: Command\r\nActionID: 1\r\na: b\ntwo\n--END COMMAND--")
    assert old.success
    assert old.output == ["a: b", "two"]
    assert "a" not in old


LINES = st.one_of(
    st.tuples(
        st.sampled_from(["Event", "Channel", "X1", "a b", "9", "", "名"]), st.sampled_from([": ", ":", " ", ":  "]),
        st.text(st.characters(blacklist_characters="\r\n"), max_size=8),
    ).map("".join),
    st.text(st.characters(blacklist_characters="\r"), max_size=12),
)  # fmt: skip


@given(st.lists(LINES, max_size=8))
def test_a_message_is_the_same_whether_its_headers_have_been_met_before_or_not(lines):
    text = "\r\n".join(lines)
    ami_framing._met.clear()
    first = parse_message(text)
    again = parse_message(text)
    assert again == first
    assert list(again) == list(first)


def test_a_message_that_is_too_long_is_skipped_however_it_is_cut():
    long = b"Event: Long\r\nX: " + b"x" * 5000 + b"\r\n\r\n"
    for size in (1, 100, 10_000):
        framing = greeted(max_message=1000)
        data = ZHANG + long + ZHANG
        messages = [m for i in range(0, len(data), size) for m in framing.feed(data[i : i + size])]
        assert [message.event for message in messages] == ["Newchannel", "Newchannel"]
        assert framing.oversized == 1


def test_memory_stays_bounded_when_a_message_never_ends():
    framing = greeted(max_message=10_000)
    for _ in range(200):
        assert framing.feed(b"x" * 1000) == []
        assert len(framing._buffer) <= 11_004


@pytest.mark.parametrize("greeting", [b"SSH-2.0-OpenSSH\r\n", b"Asterisk Call Man\r\n", b"x", b"\r\n", b"A" * 1000])
def test_a_port_that_is_no_manager_is_told(greeting):
    with pytest.raises(AmiProtocolError):
        AmiFraming().feed(greeting)


EVENTS = st.sampled_from(
    [ZHANG, b"Event: A\r\nX: 1\r\n\n", b"Response: Success\r\nActionID: 1\r\n\r\n", b"\r\n", b"\n", b"noise\r\n\r\n",
     b"Event: Unwanted\r\n\r\n", b"\xff\xfe: x\r\n\r\n", b"Event: Long\r\nX: " + b"x" * 600 + b"\r\n\r\n"]
)  # fmt: skip


@given(st.lists(EVENTS, max_size=12), st.lists(st.integers(0, 10_000), max_size=40))
def test_any_cutting_of_the_bytes_gives_the_same_messages(parts, cuts):
    data = GREETING + b"".join(parts)
    whole, cut = (AmiFraming(["A", "Newchannel", "Long"], max_message=500) for _ in range(2))
    borders = [0, *sorted(c % (len(data) + 1) for c in cuts), len(data)]
    messages = [m for start, end in itertools.pairwise(borders) for m in cut.feed(data[start:end])]
    assert messages == whole.feed(data)
    assert (cut.dropped, cut.oversized) == (whole.dropped, whole.oversized)


@given(st.lists(st.binary(max_size=300), max_size=30), st.booleans())
@settings(max_examples=200)
def test_random_bytes_raise_nothing_but_a_protocol_error(chunks, with_greeting):
    framing = greeted(max_message=400) if with_greeting else AmiFraming(max_message=400)
    try:
        for chunk in chunks:
            assert all(isinstance(message, AmiMessage) for message in framing.feed(chunk))
            assert len(framing._buffer) <= 704
    except AmiProtocolError:
        assert not with_greeting


@pytest.mark.parametrize("evil", ["x\r\nAction: Originate", "x\ny", "x\ry", "x\0"])
def test_line_breaks_are_refused_wherever_they_stand(evil):
    for headers in ({"Channel": evil}, {"Variable": {"A": evil}}, {"Variable": [f"A={evil}"]}, {evil: "x"}):
        with pytest.raises(ValueError, match=r"contains CR|not a header|not a variable"):
            encode_action("Redirect", headers)
    with pytest.raises(ValueError, match="contains CR"):
        encode_action(evil, {})


def test_an_action_is_written_as_asterisk_reads_it():
    data = encode_action("Originate", {"Channel": "PJSIP/1001", "Async": True, "Timeout": 2000, "Codecs": None})
    assert data == b"Action: Originate\r\nChannel: PJSIP/1001\r\nAsync: true\r\nTimeout: 2000\r\n\r\n"


def test_a_comma_in_a_variables_value_sets_no_second_variable():
    data = encode_action("Originate", {"Variable": {"NAME": 'x,EVIL=1 "(张三)', "CALLERID(name)": "y"}})
    assert 'Variable: NAME=x\\,EVIL=1 \\"\\(张三\\)\r\nVariable: CALLERID(name)=y\r\n'.encode() in data
    with pytest.raises(ValueError, match="not a variable"):
        encode_action("Originate", {"Variable": {"A,EVIL": "1"}})


def test_setvar_names_its_variable_and_gives_the_value_apart():
    data = encode_action("Setvar", {"Channel": "PJSIP/1", "Variable": "CALL_DONE", "Value": "a,b"})
    assert data.endswith(b"Variable: CALL_DONE\r\nValue: a,b\r\n\r\n")


def test_what_asterisk_would_cut_is_refused():
    with pytest.raises(ValueError, match="bytes long"):
        encode_action("Setvar", {"Value": "x" * 1100})
    with pytest.raises(ValueError, match="headers"):
        encode_action("Originate", {"Variable": [f"V{n}=1" for n in range(200)]})


@given(st.dictionaries(st.text(max_size=10), st.text(max_size=100), max_size=5))
def test_an_action_is_always_one_message_or_refused(headers):
    try:
        data = encode_action("X", {"Variable": headers, **headers})
    except ValueError:
        return
    assert data.count(b"\r\n\r\n") == 1
    assert data.endswith(b"\r\n\r\n")
    assert b"\n" not in data.replace(b"\r\n", b"")
