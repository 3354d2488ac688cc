"""Calls over a network that loses packets, and peers that misbehave."""

import random
import socket
from collections.abc import Callable

import pytest

from simulator import Behaviour, EndedBy, Reaction, Softphone, Timers, UserAgent
from simulator.agent import first_line
from simulator.media.engine import MediaEngine
from simulator.media.rtp import HEADER
from simulator.random_times import constant
from simulator.sip import wire

QUICK = Timers(t1=0.03, t2=0.1, t4=0.1)


def the_first_of_each(*starts: bytes) -> Callable[[bytes, bool], bool]:
    """Lose the first outgoing datagram that begins with each of ``starts``."""
    left = set(starts)

    def loses(data: bytes, outgoing: bool) -> bool:
        hit = next((start for start in left if outgoing and data.startswith(start)), None)
        if hit is not None:
            left.discard(hit)
        return hit is not None

    return loses


def a_part(share: float, seed: int) -> Callable[[bytes, bool], bool]:
    generator = random.Random(seed)
    return lambda data, outgoing: outgoing and generator.random() < share


async def one_call(caller_loses, callee_loses) -> tuple[list[str], list[str]]:
    media = MediaEngine(ports=(22_000, 22_398))
    async with UserAgent(media=media, timers=QUICK, loses=callee_loses) as callee:
        phone = Softphone(callee, "1001", "x", behaviour=Behaviour(Reaction.ANSWER, constant(0.05)))
        async with UserAgent(target=callee.address, media=media, timers=QUICK, loses=caller_loses) as caller:
            leg = await caller.call("1001", number="1")
            await leg.wait_answered()
            other = await phone.next_call()
            await leg.hear_sound()
            await leg.hang_up()
            await other.wait_ended()
            assert (leg.ended_by, other.ended_by) == (EndedBy.US, EndedBy.PEER)
            assert (phone.taken, phone.doubled) == (1, 0)
            ladders = [step.line for step in leg.ladder], [step.line for step in other.ladder]
    await media.close()
    return ladders


async def test_lost_requests_are_sent_again() -> None:
    _, callee = await one_call(the_first_of_each(b"INVITE", b"BYE"), None)
    assert callee[-1] == "200 OK (BYE)"


async def test_a_lost_ack_is_sent_again_when_the_200_comes_again() -> None:
    caller, callee = await one_call(the_first_of_each(b"ACK"), None)
    assert caller.count("200 OK (INVITE)") >= 2
    assert sum(line.startswith("ACK") for line in callee) == 1


async def test_a_lost_200_is_sent_again() -> None:
    caller, callee = await one_call(None, the_first_of_each(b"SIP/2.0 200"))
    assert caller.count("200 OK (INVITE)") == 1
    assert callee.count("200 OK (INVITE)") >= 2


@pytest.mark.parametrize("seed", range(6))
async def test_a_call_gets_through_when_every_third_packet_is_lost(seed: int) -> None:
    await one_call(a_part(0.33, seed), a_part(0.33, seed + 100))


async def test_what_is_no_sip_is_passed_over() -> None:
    media = MediaEngine(ports=(22_000, 22_398))
    async with UserAgent(media=media, timers=QUICK) as agent:
        for noise in (b"", b"\r\n\r\n", b"\0" * 40, b"GET / HTTP/1.1\r\n\r\n", b"INVITE sip:x SIP/2.0\r\n\r\n",
                      b"OPTIONS sip:a@b SIP/2.0\r\nVia: nonsense\r\n\r\n", "张三".encode("gb18030") * 9):  # fmt: skip
            agent.layer.receive(noise, ("127.0.0.1", 5))
        request = wire.request("OPTIONS", wire.URI("sip", "127.0.0.1"), from_header="<sip:a@b>;tag=1",
                               to_header="<sip:b@c>", call_id="x", sequence=1)  # fmt: skip
        response = await agent.layer.request(request, agent.address).final
        assert first_line(response) == "200 OK (OPTIONS)"
    await media.close()


def test_folded_and_compact_headers_are_read() -> None:
    message = wire.parse(
        b"OPTIONS sip:a@127.0.0.1 SIP/2.0\r\nv : SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\nSubject: one\r\n  two\r\n"
        b"f: <sip:a@b>;tag=1\r\nt: <sip:b@c>\r\nCSeq: 1 OPTIONS\r\ni: c1\r\nl: 3\r\n\r\nabcdef"
    )
    assert message.via[0].host == "127.0.0.1"
    assert message.headers["Subject"] == "one two"
    assert message.call_id == "c1"
    assert message.body == b"abc"


async def test_audio_that_came_in_before_a_stream_is_closed_is_heard_though_nobody_had_time_to_read_it() -> None:
    media = MediaEngine(ports=(22_000, 22_398))
    stream = await media.open()
    assert stream.local is not None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        for n in range(40):  # no turn of the loop in between, as when a machine stands still
            peer.sendto(HEADER.pack(0x80, 8, n, n * 160, 1) + bytes([0xD5]) * 160, stream.local)
    media.shut(stream)
    assert stream.stats.packets == 40
    await media.close()
