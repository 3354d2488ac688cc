"""SIP over TCP and TLS: messages cut out of a stream, one connection for all, made anew once; certificates."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import CallFailed, CannotConnect, EndedBy, Softphone, Timers, Trust, UserAgent, Way
from simulator.sip import wire
from simulator.sip.framing import PING, BadStream, Framer
from simulator.sip.wire import Request
from telephony.asterisk import own_certificate

QUICK = Timers(t1=0.05, t2=0.2, t4=0.2)


def message(body: bytes, name: str = "Content-Length") -> bytes:
    return b"MESSAGE sip:a@b SIP/2.0\r\nSubject: content-length: 9\r\n%s: %d\r\n\r\n%s" % (
        name.encode(),
        len(body),
        body,
    )


def fed(framer: Framer, data: bytes) -> list[bytes]:
    return list(framer.feed(data))


@given(
    st.lists(st.tuples(st.binary(max_size=60), st.sampled_from(["Content-Length", "l", "CONTENT-LENGTH "]))),
    st.data(),
)
def test_messages_come_out_whole_however_the_stream_is_cut(
    bodies: list[tuple[bytes, str]], data: st.DataObject
) -> None:
    sent = [message(body, name) for body, name in bodies]
    stream, framer = b"".join(sent), Framer()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    found = [piece for low, high in zip([0, *cuts], [*cuts, len(stream)], strict=True)
             for piece in framer.feed(stream[low:high])]  # fmt: skip
    assert found == sent


def test_pings_are_told_and_blank_lines_before_a_message_are_not() -> None:
    framer = Framer()
    assert fed(framer, PING + message(b"x")) == [PING, message(b"x")]
    assert fed(framer, b"\r\n") == []
    assert fed(framer, message(b"y")) == [message(b"y")]


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param(b"MESSAGE sip:a@b SIP/2.0\r\nVia: x\r\n\r\n", id="no Content-Length"),
        pytest.param(b"x" * 70_000, id="no end"),
        pytest.param(b"MESSAGE sip:a@b SIP/2.0\r\nContent-Length: 99999999\r\n\r\n", id="too long"),
    ],
)
def test_a_stream_in_which_no_message_can_be_found_is_bad(stream: bytes) -> None:
    with pytest.raises(BadStream):
        fed(Framer(), stream)


@dataclass
class Server:
    """A SIP server that a test writes; counts its connections and what comes."""

    answer: Callable[[Request], list[int]] = lambda request: [] if request.method == "ACK" else [200]
    connections: list[asyncio.StreamWriter] = field(default_factory=list)
    came: list[str] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    hangs_up_at_once: bool = False
    greeting: bytes = b""
    server: asyncio.Server | None = None
    port: int = 0

    async def start(self, context: ssl.SSLContext | None = None) -> None:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=context)
        self.port = self.server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more, and close all connections."""
        assert self.server is not None
        self.server.close()
        for writer in self.connections:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in self.connections), return_exceptions=True)
        await self.server.wait_closed()

    async def has_got(self, what: str, times: int = 1) -> None:
        async with asyncio.timeout(5):
            while self.came.count(what) < times:
                self.news.clear()
                await self.news.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(writer)
        if self.hangs_up_at_once:
            writer.close()
            return
        writer.write(self.greeting)
        framer = Framer()
        while data := await reader.read(4096):
            for piece in framer.feed(data):
                request = wire.parse(piece)
                assert isinstance(request, Request)
                self.came.append(f"{request.method} {request.headers['Via'].split()[0]}")
                self.news.set()
                for code in self.answer(request):
                    answer = bytes(wire.response(request, code, tag="s"))
                    writer.write(answer[:20])  # two packets, as streams come
                    await writer.drain()
                    writer.write(answer[20:])


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    yield server
    await server.stop()


def agent_of(server: Server, way: Way = Way.TCP, trust: Trust | None = None) -> UserAgent:
    return UserAgent(target=("127.0.0.1", server.port), way=way, trust=trust, timers=QUICK)


def secured(folder: Path, *names: str) -> tuple[ssl.SSLContext, Path]:
    certificate, key = own_certificate(folder, names)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context, certificate


async def test_requests_share_one_connection_and_are_sent_once(server: Server) -> None:
    server.answer = lambda request: [486] if request.method == "INVITE" else [200] if request.method != "ACK" else []
    await server.start()
    async with agent_of(server) as agent:
        legs = [await agent.call("1", number=str(place)) for place in range(3)]
        for leg in legs:
            with pytest.raises(CallFailed):
                await leg.wait_answered()
        await asyncio.sleep(QUICK.t1 * 4)  # in which UDP would have sent again
    assert len(server.connections) == 1
    assert sorted(server.came) == ["ACK SIP/2.0/TCP"] * 3 + ["INVITE SIP/2.0/TCP"] * 3


async def test_a_lost_connection_is_made_anew_and_what_was_not_answered_is_asked_again(server: Server) -> None:
    answers = {"REGISTER": [200]}
    server.answer = lambda request: answers.get(request.method, [])
    await server.start()
    async with agent_of(server) as agent:
        phone = Softphone(agent, "1001", "x")
        await phone.register()
        at = agent.address
        leg = await agent.call("1", number="1")
        await server.has_got("INVITE SIP/2.0/TCP")
        answers["INVITE"] = [603]
        server.connections[0].close()
        with pytest.raises(CallFailed) as failed:
            await leg.wait_answered()
        assert failed.value.status == 603
        assert agent.address == at
        await server.has_got("REGISTER SIP/2.0/TCP", 2)  # the registrar may have forgotten it
    assert len(server.connections) == 2


async def test_a_call_that_rang_ends_with_its_connection(server: Server) -> None:
    server.answer = lambda request: [180] if request.method == "INVITE" else []
    await server.start()
    async with agent_of(server) as agent:
        leg = await agent.call("1", number="1")
        async with asyncio.timeout(5):
            await leg.session.ringing.wait()
        server.connections[0].close()
        with pytest.raises(CallFailed) as failed:
            await leg.wait_answered()
    assert failed.value.status == 503
    assert leg.ended_by is EndedBy.NETWORK


async def test_when_it_cannot_be_made_anew_calls_fail_at_once_and_later_ones_try_again(server: Server) -> None:
    server.answer = lambda request: [486] if request.method == "INVITE" else []
    await server.start()
    async with agent_of(server) as agent:
        with pytest.raises(CallFailed):
            await (await agent.call("1", number="1")).wait_answered()
        await server.stop()
        with pytest.raises(CallFailed) as failed:
            await (await agent.call("1", number="1")).wait_answered(5)
        assert "nobody listens there" in failed.value.reason
        await server.start()
        with pytest.raises(CallFailed) as failed:
            await (await agent.call("1", number="1")).wait_answered(5)
        assert failed.value.status == 486


async def test_a_server_that_hangs_up_at_once_is_not_called_over_and_over(server: Server) -> None:
    server.hangs_up_at_once = True
    await server.start()
    async with agent_of(server) as agent:
        with pytest.raises(CallFailed):
            await (await agent.call("1", number="1")).wait_answered(5)
        await asyncio.sleep(0.3)
    assert len(server.connections) <= 3


async def test_tls_is_spoken_with_whom_the_authority_s_file_vouches_for(server: Server, tmp_path: Path) -> None:
    context, certificate = secured(tmp_path, "127.0.0.1")
    await server.start(context)
    async with agent_of(server, Way.TLS, Trust(certificate)) as agent:
        with pytest.raises(CallFailed):
            server.answer = lambda request: [486] if request.method == "INVITE" else []
            await (await agent.call("1", number="1")).wait_answered(5)
    assert server.came[0] == "INVITE SIP/2.0/TLS"


@pytest.mark.parametrize(
    ("name", "authority"),
    [
        pytest.param("127.0.0.1", None, id="nobody vouches for it"),
        pytest.param("127.0.0.1", "another", id="another authority"),
        pytest.param("192.0.2.1", "its own", id="of another host"),
    ],
)
async def test_a_wrong_certificate_is_refused_unless_the_user_says_otherwise(
    server: Server, tmp_path: Path, name: str, authority: str | None
) -> None:
    context, certificate = secured(tmp_path / "server", name)
    another = own_certificate(tmp_path / "another", ["127.0.0.1"])[0]
    ca = {None: None, "another": another, "its own": certificate}[authority]
    await server.start(context)
    with pytest.raises(CannotConnect, match=r"certificate is not trusted .*--ca.*--insecure"):
        await agent_of(server, Way.TLS, Trust(ca)).start()
    assert not server.came
    async with agent_of(server, Way.TLS, Trust(insecure=True)) as agent:
        with pytest.raises(CallFailed):
            server.answer = lambda request: [486] if request.method == "INVITE" else []
            await (await agent.call("1", number="1")).wait_answered(5)


async def test_what_is_wrong_with_a_connection_is_told(server: Server, tmp_path: Path) -> None:
    server.greeting = b"SIP/2.0 400 Bad Request\r\n\r\n"
    await server.start()
    with pytest.raises(CannotConnect, match="no TLS is spoken there"):
        await agent_of(server, Way.TLS).start()
    (tmp_path / "empty.pem").write_text("nothing")
    with pytest.raises(CannotConnect, match=r"empty\.pem holds no certificate"):
        await agent_of(server, Way.TLS, Trust(tmp_path / "empty.pem")).start()
    with pytest.raises(CannotConnect, match="No such file"):
        await agent_of(server, Way.TLS, Trust(tmp_path / "none.pem")).start()
