"""The FastAGI server against real sockets: scripted Asterisks, port scans, hang-ups, cancellations."""

import asyncio
import random
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import pytest
from structlog.testing import capture_logs

from telephony.agi_codec import EnvironmentRead
from telephony.agi_server import AgiError, AgiHungUp, AgiServer, AgiSession, HangUpCause
from telephony.agi_session import parse_address

ENVIRONMENT = "agi_network: yes\nagi_network_script: {script}\nagi_channel: PJSIP/trunk-1\nagi_uniqueid: n-1.2\n\n"


class Channel:
    """Asterisk's side of one session."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def say(self, text: str) -> None:
        self.writer.write(text.encode())
        await self.writer.drain()

    async def hear(self) -> str:
        async with asyncio.timeout(5):
            return (await self.reader.readline()).decode().rstrip("\n")


class Bench:
    """A server whose sessions are handed to the test."""

    def __init__(self, stack: AsyncExitStack, **options) -> None:
        self._stack = stack
        self.sessions: asyncio.Queue[AgiSession] = asyncio.Queue()
        self.over = asyncio.Event()
        self.server = AgiServer(self._handle, **options)

    async def _handle(self, session: AgiSession) -> None:
        self.sessions.put_nowait(session)
        await self.over.wait()

    async def dial(self, script: str = "call?id=n-1.2") -> Channel:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        self._stack.callback(writer.close)
        channel = Channel(reader, writer)
        if script:
            await channel.say(ENVIRONMENT.format(script=script))
        return channel

    async def call(self, script: str = "call?id=n-1.2") -> tuple[AgiSession, Channel]:
        channel = await self.dial(script)
        async with asyncio.timeout(5):
            return await self.sessions.get(), channel


@asynccontextmanager
async def bench(**options):
    async with AsyncExitStack() as stack, asyncio.timeout(9):
        b = Bench(stack, **options)
        await b.server.start()
        try:
            yield b
        finally:
            b.over.set()
            await b.server.stop(1)


async def test_a_command_gets_its_reply():
    async with bench() as b:
        session, channel = await b.call()
        task = asyncio.create_task(session.command("GET VARIABLE", "X"))
        assert await channel.hear() == "GET VARIABLE X"
        await channel.say("200 result=1 (hangup)\n")
        assert (await task).data == "hangup"
        assert session.hung_up is None
        assert (session.channel, session.unique_id) == ("PJSIP/trunk-1", "n-1.2")


async def test_closing_early_a_hundred_times_freezes_nothing():
    async with bench() as b:
        session, channel = await b.call()
        for _ in range(100):
            scan = await b.dial(script="")
            scan.writer.close()
            task = asyncio.create_task(session.command("NOOP"))
            assert await channel.hear() == "NOOP"
            await channel.say("200 result=0\n")
            assert (await task).code == 200
        while b.server.connections > 1:  # noqa: ASYNC110 - bounded by the bench's own time limit
            await asyncio.sleep(0.005)
        assert b.server.discarded == 100
        assert b.server.sessions == 1


async def test_a_client_that_says_nothing_is_let_go():
    async with bench(environment_timeout_s=0.05) as b:
        silent = await b.dial(script="")
        assert await silent.reader.read() == b""
        assert b.server.sessions == 0


async def test_a_client_of_another_protocol_never_reaches_the_handler():
    async with bench() as b:
        other = await b.dial(script="")
        await other.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        with suppress(ConnectionResetError):
            assert await other.reader.read() == b""
        assert b.sessions.empty()


async def test_more_connections_than_allowed_are_closed_at_once():
    async with bench(max_sessions=1) as b:
        session, channel = await b.call()
        other = await b.dial(script="")
        with suppress(ConnectionResetError):
            assert await other.reader.read() == b""
        assert b.server.refused == 1
        task = asyncio.create_task(session.command("NOOP"))
        await channel.hear()
        await channel.say("200 result=0\n")
        assert (await task).code == 200


async def test_the_hangup_line_ends_a_pending_command_and_later_ones():
    async with bench() as b:
        session, channel = await b.call()
        task = asyncio.create_task(session.command("WAIT FOR DIGIT", -1))
        await channel.hear()
        await channel.say("HANGUP\n")
        with pytest.raises(AgiHungUp) as caught:
            await task
        assert caught.value.hung_up_line
        with pytest.raises(AgiHungUp):
            await session.command("NOOP")


async def test_a_reply_before_the_hangup_line_is_still_delivered():
    async with bench() as b:
        session, channel = await b.call()
        task = asyncio.create_task(session.command("EXEC Dial", "PJSIP/1001,20,g"))
        await channel.hear()
        await channel.say("200 result=0\nHANGUP\n")
        assert (await task).number == 0
        assert session.hung_up is HangUpCause.HANG_UP_LINE


async def test_a_command_for_the_dead_can_be_sent_after_the_hangup_line():
    async with bench() as b:
        session, channel = await b.call()
        await channel.say("HANGUP\n")
        await session.wait_hang_up()
        task = asyncio.create_task(session.command("SET VARIABLE", "CALL_DONE", 1, after_hang_up=True))
        assert await channel.hear() == "SET VARIABLE CALL_DONE 1"
        await channel.say("200 result=1\n")
        assert (await task).number == 1


async def test_a_hangup_is_seen_while_no_command_is_pending():
    async with bench() as b:
        session, channel = await b.call()
        waiting = asyncio.create_task(session.wait_hang_up())
        await channel.say("HANGUP\n")
        assert await asyncio.wait_for(waiting, 5) is HangUpCause.HANG_UP_LINE


async def test_whoever_is_to_be_told_that_the_channel_left_is_told_once_and_at_once_where_it_has_already():
    async with bench() as b:
        session, channel = await b.call()
        told: list[str] = []
        session.when_left(lambda: told.append("in time"))
        await channel.say("HANGUP\n")
        await session.wait_hang_up()
        session.close()
        assert told == ["in time"]
        session.when_left(lambda: told.append("late"))
        assert told == ["in time", "late"]


async def test_a_vanished_peer_is_told_from_a_hangup():
    async with bench() as b:
        session, channel = await b.call()
        task = asyncio.create_task(session.command("NOOP"))
        await channel.hear()
        channel.writer.close()
        with pytest.raises(AgiHungUp) as caught:
            await task
        assert not caught.value.hung_up_line
        assert await session.wait_hang_up() is HangUpCause.SOCKET_GONE
        with pytest.raises(AgiHungUp):
            await session.command("NOOP", after_hang_up=True)


async def test_a_dead_channel_is_a_hangup_and_a_wrong_command_an_error():
    async with bench() as b:
        session, channel = await b.call()
        for answer, code in (
            ("510 Invalid or unknown command\n", 510),
            ("520-Invalid command syntax.  Proper usage follows:\nUsage: X\n520 End of proper usage.\n", 520),
        ):
            task = asyncio.create_task(session.command("NONSENSE"))
            await channel.hear()
            await channel.say(answer)
            with pytest.raises(AgiError) as refused:
                await task
            assert refused.value.code == code
        task = asyncio.create_task(session.command("ANSWER"))
        await channel.hear()
        await channel.say("511 Command Not Permitted on a dead channel or intercept routine\n")
        with pytest.raises(AgiHungUp) as caught:
            await task
        assert caught.value.cause is HangUpCause.DEAD_CHANNEL


async def test_a_timeout_in_the_reply_is_no_fault():
    async with bench() as b:
        session, channel = await b.call()
        task = asyncio.create_task(session.command("GET DATA", "beep", 1000, 4))
        await channel.hear()
        await channel.say("200 result=12 (timeout)\n")
        reply = await task
        assert (reply.result, reply.data) == ("12", "timeout")


async def test_a_cancelled_command_leaves_the_session_in_step():
    async with bench() as b:
        session, channel = await b.call()
        slow = asyncio.create_task(session.command("STREAM FILE", "long", "#"))
        assert await channel.hear() == "STREAM FILE long #"
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow
        following = asyncio.create_task(session.command("GET VARIABLE", "X"))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(channel.reader.readline(), 0.05)  # not sent while Asterisk still plays
        await channel.say("200 result=0 endpos=800\n")
        assert await channel.hear() == "GET VARIABLE X"
        await channel.say("200 result=1 (right)\n")
        assert (await following).data == "right"
        assert session.strays == 0


async def test_a_time_limit_covers_the_wait_for_an_earlier_reply():
    async with bench() as b:
        session, channel = await b.call()
        with pytest.raises(TimeoutError):
            await session.command("STREAM FILE", "a", "", timeout_s=0.02)
        with pytest.raises(TimeoutError):
            await session.command("NOOP", timeout_s=0.02)
        await channel.hear()
        await channel.say("200 result=0\n")
        task = asyncio.create_task(session.command("NOOP", 2))
        assert await channel.hear() == "NOOP 2"
        await channel.say("200 result=0\n")
        await task


async def test_a_hangup_ends_the_wait_for_an_earlier_reply():
    async with bench() as b:
        session, channel = await b.call()
        with pytest.raises(TimeoutError):
            await session.command("STREAM FILE", "a", "", timeout_s=0.02)
        task = asyncio.create_task(session.command("NOOP"))
        await channel.hear()
        await channel.say("HANGUP\n")
        with pytest.raises(AgiHungUp):
            await task


async def test_commands_of_two_tasks_go_one_after_the_other():
    async with bench() as b:
        session, channel = await b.call()
        tasks = [asyncio.create_task(session.command("NOOP", number)) for number in range(3)]
        for number in range(3):
            assert await channel.hear() == f"NOOP {number}"
            await channel.say(f"200 result={number}\n")
        assert [(await task).number for task in tasks] == [0, 1, 2]


async def test_a_handler_that_raises_closes_its_own_session_only():
    failed = asyncio.Event()

    async def handle(session: AgiSession) -> None:
        if session.path == "/bad":
            failed.set()
            raise KeyError("a fault of ours")
        await session.command("NOOP")

    async with AsyncExitStack() as stack, asyncio.timeout(9):
        b = Bench(stack)
        b.server = AgiServer(handle)
        await b.server.start()
        with capture_logs() as logs:
            good = await b.dial("good")
            bad = await b.dial("bad")
            assert await bad.reader.read() == b""
        assert failed.is_set()
        assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["agi_handler_failed"]
        assert await good.hear() == "NOOP"
        await good.say("200 result=0\n")
        assert await good.reader.read() == b""
        await b.server.stop(0)


async def test_stopping_leaves_sessions_alone_for_the_grace_and_then_cancels_them():
    async with bench() as b:
        session, channel = await b.call()
        stopping = asyncio.create_task(b.server.stop(0.2))
        task = asyncio.create_task(session.command("NOOP"))
        assert await channel.hear() == "NOOP"
        await channel.say("200 result=0\n")
        assert (await task).code == 200
        with pytest.raises(OSError):
            await asyncio.open_connection("127.0.0.1", b.server._port)
        await stopping
        assert b.server.sessions == 0
        assert await channel.reader.read() == b""


@pytest.mark.parametrize(
    ("environment", "path", "query"),
    [
        ({"agi_network_script": "call?lang=zh"}, "/call", {"lang": "zh"}),
        ({"agi_network_script": "call"}, "/call", {}),
        ({"agi_network_script": "call?dialled=+8612345"}, "/call", {"dialled": "+8612345"}),
        ({"agi_network_script": "/a/b?id=n-1.2&id=evil&e="}, "/a/b", {"id": "n-1.2", "e": ""}),
        ({"agi_network_script": "call?name=%E5%BC%A0%E4%B8%89&bad=%ff"}, "/call", {"name": "张三", "bad": "\ufffd"}),
        ({"agi_request": "agi://127.0.0.1:4573/seat?lang=en"}, "/seat", {"lang": "en"}),
        ({"agi_request": "agi://["}, "/", {}),
        ({}, "/", {}),
    ],
)
def test_path_and_query_are_read_from_the_url(environment, path, query):
    assert EnvironmentRead(environment).environment == environment
    assert parse_address(environment) == (path, query)


async def test_a_line_nobody_asked_for_is_counted_and_never_taken_as_the_next_reply():
    async with bench() as b:
        session, channel = await b.call()
        await channel.say("200 result=1 (stale)\n")
        while not session.strays:  # noqa: ASYNC110 - bounded by the bench's own time limit
            await asyncio.sleep(0.005)
        task = asyncio.create_task(session.command("GET VARIABLE", "X"))
        await channel.hear()
        await channel.say("200 result=1 (fresh)\n")
        assert (await task).data == "fresh"
        assert session.strays == 1


async def test_rubbish_on_the_port_disturbs_no_session():
    chance = random.Random(12345)
    async with bench(environment_timeout_s=0.2) as b:
        session, channel = await b.call()
        for _ in range(50):
            scan = await b.dial(script="")
            with suppress(ConnectionError):
                scan.writer.write(chance.choice([b"", b"agi_x: y\n", b"agi_x: y\n\n"]) + chance.randbytes(2000))
                await scan.writer.drain()
            scan.writer.close()
        task = asyncio.create_task(session.command("NOOP"))
        await channel.hear()
        await channel.say("200 result=0\n")
        assert (await task).code == 200
        while b.server.connections > 1:  # noqa: ASYNC110 - bounded by the bench's own time limit
            await asyncio.sleep(0.005)
        assert session.hung_up is None
        assert b.server.sessions == 1
        assert b.server.discarded == 50
