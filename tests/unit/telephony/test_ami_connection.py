"""The manager connection: what happens at a connect, a refusal, a disconnect, a stall, and at the end."""

import asyncio
from contextlib import suppress

import pytest
from ami_scripted import ScriptedAsterisk, Seen, scripted, settings_for
from structlog.testing import capture_logs

from telephony.ami import (
    Ami,
    AmiDisconnected,
    AmiLoginRefused,
    AmiMessage,
    AmiSettings,
)

Action = dict[str, str]


async def test_hooks_run_on_each_connect_before_events_are_delivered():
    async with scripted(connect=False) as (ami, asterisk):
        order: list[str] = []
        once, twice = asyncio.Event(), asyncio.Event()

        async def read_state() -> None:
            asterisk.say("Event: Hangup\n\n")
            await ami.action("CoreStatus")  # its answer comes after the event
            order.append("hook")

        def sink(message: AmiMessage) -> None:
            order.append(message.event)
            if message.event == "Hangup":
                (twice if order.count("Hangup") == 2 else once).set()

        ami.on_connected.append(read_state)
        ami.subscribe(sink)
        await ami.connect(5)
        await once.wait()
        asterisk.hang_up()
        await twice.wait()
        assert order == ["hook", "FullyBooted", "Hangup"] * 2


async def test_a_failing_hook_is_logged_and_the_connection_stays():
    async with scripted(connect=False) as (ami, asterisk):

        async def bad() -> None:
            raise KeyError("a fault of ours")

        ami.on_connected.append(bad)
        with capture_logs() as logs:
            await ami.connect(5)
        assert "ami_hook_failed" in {entry["event"] for entry in logs}
        assert (await ami.action("CoreStatus")).success
        assert asterisk.connections == 1


async def test_a_ping_is_measured_and_an_unanswered_one_drops_the_connection():
    async with scripted(ping_interval_s=0.02, ping_timeout_s=0.1) as (ami, asterisk):
        while ami.ping_ms is None:  # noqa: ASYNC110 - bounded by the script's own time limit
            await asyncio.sleep(0.005)
        assert 0 < ami.ping_ms < 100
        again = asyncio.Event()

        async def note() -> None:
            again.set()

        ami.on_connected.append(note)
        asterisk.silent.add("Ping")
        with capture_logs() as logs:
            await again.wait()
        assert any("no answer to a ping" in entry.get("error", "") for entry in logs)
        assert asterisk.connections == 2


async def test_a_refused_login_is_told_and_not_hammered():
    async with scripted(connect=False, secret="wrong") as (ami, asterisk):
        with pytest.raises(AmiLoginRefused, match=r"'hotline'.*Authentication failed.*manager\.conf"):
            await ami.connect(5)
        await asyncio.sleep(0.15)
        assert asterisk.connections == 1
        assert not ami.connected


async def test_after_a_refused_login_it_gets_in_once_the_secret_is_right():
    async with scripted(connect=False, secret="late", retry_refused_s=0.05) as (ami, asterisk):
        with pytest.raises(AmiLoginRefused):
            await ami.connect(5)
        asterisk.secret = "late"
        await ami.connect(5)
        assert ami.connected


async def test_closing_stops_reconnecting():
    async with scripted() as (ami, asterisk):
        asterisk.hang_up()
        await ami.close()
        before = asterisk.connections
        await asyncio.sleep(0.15)
        assert asterisk.connections == before
        with pytest.raises(AmiDisconnected):
            await ami.action("Ping")
        assert [t for t in asyncio.all_tasks() if t.get_name().startswith("ami ")] == []


async def test_closing_after_a_refused_login_stops_trying():
    async with scripted(connect=False, secret="wrong", retry_refused_s=0.01) as (ami, asterisk):
        with pytest.raises(AmiLoginRefused):
            await ami.connect(5)
        await ami.close()
        before = asterisk.connections
        await asyncio.sleep(0.1)
        assert asterisk.connections == before


async def test_an_asterisk_that_is_not_there_yet_is_waited_for():
    asterisk = ScriptedAsterisk()
    async with asyncio.timeout(9):
        await asterisk.start()
        await asterisk.stop()
        ami = Ami(settings_for(asterisk))
        with pytest.raises(AmiDisconnected, match="no connection"):
            await ami.connect(0.05)
        await asterisk.start()
        await ami.connect(5)
        assert ami.connected
        await ami.close()
        await asterisk.stop()


async def test_a_port_that_is_no_manager_is_named():
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")
        with suppress(ConnectionError):
            await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    ami = Ami(AmiSettings("hotline", "x", port=server.sockets[0].getsockname()[1], retry_first_s=10))
    try:
        with pytest.raises(AmiDisconnected, match="no Asterisk manager port"):
            await ami.connect(0.3)
    finally:
        await ami.close()
        server.close()


async def test_a_full_queue_drops_counts_and_reads_the_state_anew():
    async with scripted(queue_size=50) as (ami, asterisk):
        resynced = asyncio.Event()

        async def note() -> None:
            resynced.set()

        seen = Seen(ami)
        ami.on_connected.append(note)
        asterisk.say("".join(f"Event: Hangup\nSequence: {n}\n\n" for n in range(500)))
        await resynced.wait()
        assert ami.overflowed > 0
        got = [int(event.get("Sequence")) for event in seen.events]
        assert got == sorted(got)
        assert asterisk.connections == 1
        asterisk.say("Event: Newchannel\n\n")
        await seen.wait_for("Newchannel")
        assert len(seen.events) + ami.overflowed == 501
