"""Whatever strangers send, by SIP or to ports on loopback: callers are greeted; nothing leaks, breaks or grows."""

import asyncio
import contextlib
import random
import re
import socket
import time

import psutil

_ROW = "; DROP TABLE calls; --"
LONG = "长" * 600  # 1,800 bytes: more than any name, less than a datagram
NAMES = {
    "quotes": ('"\\"O\'Neil\\" \\\\ the \\"2nd\\""', "O'Neil"),
    "line ends, escaped": ('"a%0d%0aAction: Originate%0d%0aChannel: PJSIP/1001"', "Originate"),
    "emoji": ('"😀 张三 👍🏽"', "😀 张三 👍🏽"),
    "long": (f'"{LONG}"', LONG[:20]),
    "dialplan": ('"${SHELL(id)} $[1+1] ${CALL_ID}"', "${SHELL(id)} $[1+1] ${CALL_ID}"),
    "SQL": (f'"Robert\'){_ROW}"', f"Robert'){_ROW}"),
    "path": ('"../../../etc/passwd"', "../../../etc/passwd"),
    "control characters": ('"a\tb\x07c\x1b[31md"', "a b"),
    "no name": ("", ""),
}
USERS = [
    "../../x", "%2e%2e%2f13800", "%24%7BSHELL(id)%7D", "1';DROP", "anonymous", "138-0000-0702", "%00",
    "13800000703;phone-context=+86", "1%0d%0aAction:%20Originate", "9" * 200, "%E5%BC%A0", "%ff%fe",
]  # fmt: skip
DIALLED = [
    "12345,1", "12345%2Cs%2C9", "12345%0d%0a", "12345%24%7BSHELL(id)%7D", "12345../../x", "12345)%26(", "1" * 300,
    "12345;phone-context=x", "+8612345",
]  # fmt: skip
_OFFER = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 8\r\n"


def _inside(site, path: str) -> bool:
    return (site.state / "recordings" / path).resolve().is_relative_to((site.state / "recordings").resolve())


async def test_a_caller_with_any_name_is_greeted_and_the_name_is_text(site, phones) -> None:
    canary = site.state / "canary"
    names = NAMES | {"shell": (f'"${{SHELL(touch {canary})}}"', "${SHELL(touch")}

    async def calls(number: str, name: str, kept: str) -> None:
        leg = await phones.call(number, from_header=f"{name} <sip:{number}@127.0.0.1>")
        await leg.hear_sound(10)
        await leg.hang_up()
        call = await site.call_of(number)
        assert kept in call.caller_name
        assert (call.caller, call.outcome) == (number, "abandoned_menu")
        assert len(call.caller_name) <= 80
        assert not re.search(r"[\x00-\x1f\x7f]", call.caller_name)

    await asyncio.gather(
        *(calls(f"138000006{i:02}", name, kept) for i, (name, kept) in enumerate(names.values())),
    )
    assert not canary.exists()


async def test_whatever_is_dialled_or_calls_is_greeted(site, phones) -> None:
    async def calls(to: str, user: str) -> None:
        leg = await phones.call("x", to=to, from_header=f"<sip:{user}@127.0.0.1>")
        await leg.hear_sound(10)
        await leg.hang_up()

    await asyncio.gather(*(calls("12345", user) for user in USERS), *(calls(to, "13800000690") for to in DIALLED))
    for row in await site.hotline("calls", "--limit", "40", "--full"):
        assert re.fullmatch(r"\+?[0-9]*", row["caller"]), row
        assert re.fullmatch(r"\+?[0-9]*", row["dialled"]), row


async def test_a_nasty_name_goes_to_the_agent_and_the_recording_stays_in_its_folder(site, phones) -> None:
    agent = await phones.seat("1055", "2041")
    name = f"../../../{_ROW}"
    caller = await phones.ask_for_a_person("13800000651", from_header=f'"{name}" <sip:13800000651@127.0.0.1>')
    await caller.hear_tone(agent.tone, 10)
    leg = await agent.next_call()
    assert (leg.caller_number, leg.caller_name) == ("13800000651", name)
    await asyncio.sleep(0.5)
    await caller.hang_up()
    call = await site.recorded_call_of("13800000651")
    assert call.caller_name == name
    assert _inside(site, call.recording)
    assert not list(site.state.glob("**/*DROP*"))


def _invite(site, number: str, name: bytes) -> bytes:
    host, port = site.sip
    head = (
        f"INVITE sip:12345@{host}:{port} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bK{number}\r\n"
        f"Max-Forwards: 70\r\nTo: <sip:12345@{host}>\r\nCall-ID: raw-{number}-{time.time()}\r\nCSeq: 1 INVITE\r\n"
        f"Contact: <sip:{number}@127.0.0.1:9>\r\nContent-Type: application/sdp\r\nContent-Length: {len(_OFFER)}\r\n"
    ).encode()
    return head + b'From: "' + name + f'" <sip:{number}@127.0.0.1>;tag=1\r\n\r\n{_OFFER}'.encode()


async def test_names_that_are_no_sip_at_all_disturb_nobody(site, phones) -> None:
    talking = await phones.call("13800000660")
    raw = [
        b"\xff\xc3\x28 \xf0\x9f",
        b"x" * 10_000,
        b"a\r\nAction: Originate\r\nChannel: PJSIP/1001\r\n",
        b"\x00\x01",
        b'"' * 9,
    ]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        for i, name in enumerate(raw):
            udp.sendto(_invite(site, f"1380000067{i}", name), site.sip)
        for _ in range(50):
            udp.sendto(random.Random(7).randbytes(1200), site.sip)
    for name in raw:
        with socket.create_connection(site.sip, 5) as tcp:
            tcp.sendall(_invite(site, "13800000679", name))
    caller = await phones.call("13800000661")
    await caller.hear_sound(10)
    assert not talking.ended.is_set()
    assert not [event for event in ("1001",) if event in site.asterisk("core show channels concise")]


def _environment(script: str) -> bytes:
    return f"agi_network: yes\nagi_network_script: {script}\nagi_channel: PJSIP/x-1\nagi_uniqueid: x.1\n\n".encode()


RUBBISH = [
    b"",
    b"agi_network: yes\nagi_uniq",
    b"agi_network: yes\nagi_calleridname: \xff\xfe\xc3\x28\n\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"x" * 1_000_000,
    b"agi_x: " + b"y" * 1_000_000 + b"\n\n",
    b"agi_x: y\n" * 100_000,
    b"\n" * 1000,
    _environment("../../etc/passwd?id=%00%0a"),
    _environment("nowhere"),
    b"200 result=0\nHANGUP\n",
]


async def _sends(port: int, data: bytes, *, slowly: bool = False, waits: float = 0.2) -> bytes:
    """Send bytes to a port, whatever it thinks of them; return what it answers."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return b""
    told = b""
    try:
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(waits + 5):
                for piece in (data[i : i + 1] for i in range(8)) if slowly else (data,):
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(waits if slowly else 0)
                async with asyncio.timeout(waits):
                    while piece := await reader.read(65536):
                        told += piece
        return told
    finally:
        writer.transport.abort()


async def test_rubbish_on_the_ports_touches_no_talk_and_leaves_nothing_behind(site, phones) -> None:
    agent = await phones.seat("1056", "2042")
    caller = await phones.ask_for_a_person("13800000680")
    await caller.hear_tone(agent.tone, 10)
    service = psutil.Process(site.service_pid())
    agi, http, ami = site.ports["agi"], site.ports["http"], site.ports["ami"]
    chance = random.Random(12345)

    async def a_round() -> None:
        rubbish = [*RUBBISH, *(chance.randbytes(chance.randrange(1, 3000)) for _ in range(20))]
        for port in (agi, http):
            await asyncio.gather(*(_sends(port, data) for data in rubbish))
            await asyncio.gather(*(_sends(port, b"agi_network: yes\n", waits=0.5) for _ in range(200)))
            await asyncio.gather(*(_sends(port, RUBBISH[1], slowly=True, waits=0.1) for _ in range(50)))
        await asyncio.gather(*(_sends(ami, data) for data in rubbish))

    await a_round()  # what is made once and kept is made now
    await site.eventually(lambda: service.num_fds() < 100)
    fds, memory, sent_at = service.num_fds(), service.memory_info().rss, time.monotonic()
    await a_round()
    tokens = [
        b"",
        b"Authorization: Bearer x\r\n",
        b"Authorization: Bearer \xff\r\n",
        b"Authorization: " + b"B" * 9000 + b"\r\n",
    ]
    for page in (b"/api/agents", b"/api/../secrets.json", b"/api/%2e%2e%2fsecrets.json", b"/" + b"x" * 9000):
        for token in tokens:
            told = await _sends(
                http, b"GET " + page + b" HTTP/1.1\r\nHost: x\r\n" + token + b"Connection: close\r\n\r\n"
            )
            assert told.split(b" ")[1][:1] == b"4", (page, told[:200])
    login = b"Action: Login\r\nUsername: hotline\r\nSecret: wrong\r\n\r\nAction: CoreShowChannels\r\n\r\n"
    for told in await asyncio.gather(*(_sends(ami, login, waits=2) for _ in range(10))):
        assert b"Authentication failed" in told
        assert b"CoreShowChannel\r\n" not in told
    assert service.is_running()
    assert not caller.ended.is_set()
    await caller.hear_tone(agent.tone, 2)
    assert agent.legs[0].heard_tones((440,), since=sent_at) == {440}
    await site.eventually(lambda: service.num_fds() <= fds + 2)
    assert service.memory_info().rss - memory < 16_000_000
    assert site.service_pid() == service.pid
    assert site.api("status")["asterisk"]["connected"]
    assert "agi.unknown_path" in site.log()
    await caller.hang_up()
    assert (await site.recorded_call_of("13800000680")).outcome == "answered"
