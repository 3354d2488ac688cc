"""Targets by name: resolved once, so that no socket is ever given a name, in whichever loop."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from registrar import QUICK, Registrar

from simulator import CallFailed, Guard, Softphone, Trust, UserAgent, Way
from simulator.media.engine import MediaEngine
from simulator.negotiation import Negotiation
from simulator.sip import wire
from simulator.sip.dialog import Dialog
from simulator.sip.transport import Endpoint, UnknownHost, resolved
from simulator.sip.wire import URI
from telephony.asterisk import own_certificate

Lives = Callable[[Callable[[], Coroutine[Any, Any, None]]], None]
PEER = ("127.0.0.1", 5080)


@pytest.fixture(params=["asyncio", "uvloop"])
def lives(request: pytest.FixtureRequest) -> Lives:
    """Runs what a test does in a loop of this kind: they differ in what their sockets take."""
    factory = asyncio.new_event_loop if request.param == "asyncio" else pytest.importorskip("uvloop").new_event_loop

    def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(work())

    return run


def test_a_target_by_name_is_registered_at_called_and_hung_up(lives: Lives) -> None:
    async def work() -> None:
        media = MediaEngine(ports=(26_400, 26_598))
        async with Registrar(media) as registrar:
            target = ("localhost", registrar.address[1])
            async with UserAgent(target=target, media=media, timers=QUICK) as agent:
                phone = Softphone(agent, "1001", "right")
                await phone.register()
                leg = await phone.dial("9")
                await leg.wait_answered()
                await leg.hang_up()
                assert [step.line.split()[0] for step in leg.ladder if step.direction == ">"][-1] == "BYE"
                assert leg.session.invite is not None
                assert leg.session.invite.uri.host == "localhost", "what is asked for keeps its name"
                assert leg.stream.remote is not None
                assert leg.stream.remote[0] == "127.0.0.1"
                await phone.unregister()
            assert registrar.bindings == {"1001": 0}
        await media.close()

    lives(work)


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


@pytest.mark.parametrize("way", [Way.TCP, Way.TLS])
def test_streams_go_to_a_name_too_and_tls_checks_the_name(lives: Lives, way: Way, tmp_path: Path) -> None:
    certificate, key = own_certificate(tmp_path, ["localhost"])
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = wire.parse(await reader.readuntil(b"\r\n\r\n"))
        assert isinstance(request, wire.Request)
        asked.append(f"{request.method} {request.uri.host}")
        writer.write(bytes(wire.response(request, 486, tag="s")))
        await reader.read()
        writer.close()

    async def work() -> None:
        context = server_context(certificate, key) if way is Way.TLS else None
        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
        target = ("localhost", server.sockets[0].getsockname()[1])
        async with UserAgent(target=target, way=way, trust=Trust(certificate), timers=QUICK) as agent:
            with pytest.raises(CallFailed) as failed:
                await (await agent.call("9", number="1")).wait_answered(5)
        server.close()
        assert failed.value.status == 486
        assert asked == ["INVITE localhost"]

    lives(work)


@pytest.mark.parametrize("way", list(Way))
def test_a_name_that_nobody_knows_is_told_in_words(lives: Lives, way: Way) -> None:
    async def work() -> None:
        agent = UserAgent(target=("no-such-host.invalid", 5060), allow_remote=True, way=way)
        with pytest.raises(UnknownHost, match=r"^no-such-host\.invalid has no IPv4 address .*is the name right\?$"):
            await agent.start()

    lives(work)


async def test_a_name_is_resolved_in_the_family_of_the_own_address(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {socket.AF_INET: "192.0.2.7", socket.AF_INET6: "2001:db8::7"}

    def ways(host: str, port: int, family: int = 0, kind: int = 0, *_: int) -> list[tuple[Any, ...]]:
        found = [known[socket.AddressFamily(family)]] if family else [*reversed(known.values())]
        return [(family, kind, 17, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", ways)
    assert await resolved(("both", 5060), "127.0.0.1") == ("192.0.2.7", 5060)
    assert await resolved(("both", 5060), "::1") == ("2001:db8::7", 5060)
    assert await resolved(("::1", 5060), "127.0.0.1") == ("::1", 5060), "what is no name is left alone"


def dialog(contact: str, route: str = "") -> Dialog:
    return Dialog(
        call_id="c", local="<sip:a@b>", remote="<sip:c@d>", target=URI.parse(contact), route=[route] if route else [],
        sequence=1, peer=PEER, contact="<sip:a@127.0.0.1>",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("contact", "route", "goes_to"),
    [
        ("sip:x@127.0.0.2:5070", "", ("127.0.0.2", 5070)),
        ("sip:x@localhost:5070", "", ("127.0.0.1", 5070)),
        ("sip:x@127.0.0.2:5070", "<sip:localhost:5090;lr>", ("127.0.0.1", 5090)),
        ("sip:x@pbx.example:5070", "", PEER),
        ("sip:x@3com.example:5070", "", PEER),
        ("sip:x@pbx-1:5070", "", PEER),
        ("sip:x@[::1]:5070", "", PEER),
        ("sip:x@127.0.0.2:5070", "<sip:proxy.example;lr>", PEER),
    ],
)
def test_requests_in_a_dialog_go_to_addresses_whatever_names_the_peer_writes(
    contact: str, route: str, goes_to: Endpoint
) -> None:
    assert dialog(contact, route).next_hop(Guard(allow_remote=True)) == goes_to


async def test_audio_goes_to_the_peer_when_its_description_has_a_name() -> None:
    media = MediaEngine(ports=(26_400, 26_598))
    stream = await media.open(tone=440)
    negotiation = Negotiation(stream, Guard(allow_remote=True))
    body = b"v=0\r\no=- 1 1 IN IP4 pbx.example\r\ns=-\r\nc=IN IP4 pbx.example\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"
    negotiation.take_answer(body, "127.0.0.1")
    assert stream.remote == ("127.0.0.1", 4000)
    media.shut(stream)
    await media.close()
