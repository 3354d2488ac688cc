"""``Ami`` against a scripted Asterisk manager on a real socket: each known fault of panoramisk, gone."""

import asyncio
import random
from collections.abc import Callable
from contextlib import asynccontextmanager, suppress

import pytest
from structlog.testing import capture_logs

from telephony.ami import (
    Ami,
    AmiDisconnected,
    AmiLoginRefused,
    AmiMessage,
    AmiRefused,
    AmiSettings,
    AmiTimeout,
)

Action = dict[str, str]


class ScriptedAsterisk:
    """A manager port that does what the test says. ``actions`` keeps all that came, over all connections."""

    def __init__(self) -> None:
        self.actions: list[Action] = []
        self.came: asyncio.Queue[Action] = asyncio.Queue()
        self.writers: list[asyncio.StreamWriter] = []
        self.connections = 0
        self.secret = "s3cret"
        self.silent: set[str] = set()  # actions that get no answer
        self.answers: dict[str, Callable[[Action], str]] = {}
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        self.hang_up()
        await asyncio.sleep(0)

    def hang_up(self) -> None:
        for writer in self.writers:
            writer.close()
        self.writers.clear()

    def say(self, text: str) -> None:
        self.writers[-1].write(text.replace("\n", "\r\n").encode())

    def named(self, name: str) -> list[Action]:
        return [action for action in self.actions if action["Action"] == name]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        writer.write(b"Asterisk Call Manager/9.0.0\r\n")
        try:
            while True:
                raw = await reader.readuntil(b"\r\n\r\n")
                action = dict(line.split(": ", 1) for line in raw.decode().strip().split("\r\n"))
                self.actions.append(action)
                self.came.put_nowait(action)
                if action["Action"] not in self.silent:
                    self._answer(action, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answer(self, action: Action, writer: asyncio.StreamWriter) -> None:
        name, action_id = action["Action"], action["ActionID"]
        if name == "Login" and action["Secret"] != self.secret:
            text = f"Response: Error\nActionID: {action_id}\nMessage: Authentication failed\n\n"
        elif name == "Login":
            text = f"Response: Success\nActionID: {action_id}\n\nEvent: FullyBooted\nStatus: Fully Booted\n\n"
        elif name in self.answers:
            text = self.answers[name](action)
        else:
            text = f"Response: Success\nActionID: {action_id}\n\n"
        writer.write(text.replace("\n", "\r\n").encode())


def settings_for(asterisk: ScriptedAsterisk, **changes) -> AmiSettings:
    options = {
        "username": "hotline", "secret": "s3cret", "port": asterisk.port,
        "retry_first_s": 0.01, "retry_most_s": 0.05, "ping_interval_s": 60.0, **changes,
    }  # fmt: skip
    return AmiSettings(**options)


@asynccontextmanager
async def scripted(*, connect: bool = True, **changes):
    asterisk = ScriptedAsterisk()
    async with asyncio.timeout(9):
        await asterisk.start()
        ami = Ami(settings_for(asterisk, **changes), rng=random.Random(1))
        try:
            if connect:
                await ami.connect(5)
            yield ami, asterisk
        finally:
            await ami.close()
            await asterisk.stop()


class Seen:
    """Collects events but FullyBooted; ``wait`` until there are enough, or until one of a kind came."""

    def __init__(self, ami: Ami) -> None:
        self.events: list[AmiMessage] = []
        self._more = asyncio.Event()
        ami.subscribe(self._take)

    def _take(self, message: AmiMessage) -> None:
        if message.event != "FullyBooted":
            self.events.append(message)
            self._more.set()

    async def wait(self, count: int) -> list[AmiMessage]:
        while len(self.events) < count:
            self._more.clear()
            await self._more.wait()
        return self.events

    async def wait_for(self, name: str) -> None:
        while not any(message.event == name for message in self.events):
            self._more.clear()
            await self._more.wait()


async def test_it_logs_in_and_gets_answers_and_events():
    async with scripted() as (ami, asterisk):
        seen = Seen(ami)
        assert ami.connected
        assert ami.version == "9.0.0"
        assert (await ami.action("CoreStatus")).success
        asterisk.say("Event: Hangup\nUniqueid: n-1.1\n\n")
        assert [event.event for event in await seen.wait(1)] == ["Hangup"]


async def test_events_arrive_in_order_and_a_subscriber_that_raises_disturbs_nobody():
    async with scripted() as (ami, asterisk):
        calls = 0

        def bad(_: AmiMessage) -> None:
            nonlocal calls
            calls += 1
            raise KeyError("a fault of ours")

        ami.subscribe(bad)
        seen = Seen(ami)
        with capture_logs() as logs:
            for number in range(1000):
                asterisk.say(f"Event: {('Newchannel', 'Hangup')[number % 2]}\nSequence: {number}\n\n")
            events = await seen.wait(1000)
        assert [event.get("Sequence") for event in events] == [str(number) for number in range(1000)]
        assert calls == 1000
        assert {entry["event"] for entry in logs} == {"ami_subscriber_failed"}
        assert asterisk.connections == 1
        assert (await ami.action("CoreStatus")).success


async def test_an_originate_is_always_async_and_its_outcome_is_awaited():
    def answer(action: Action) -> str:
        return (
            f"Response: Success\nActionID: {action['ActionID']}\nMessage: Originate successfully queued\n\n"
            "Event: Newchannel\nUniqueid: n-1.9\n\n"
            f"Event: OriginateResponse\nActionID: {action['ActionID']}\nResponse: Failure\nReason: 5\n\n"
        )

    async with scripted() as (ami, asterisk):
        asterisk.answers["Originate"] = answer
        seen = Seen(ami)
        response = await ami.originate(Channel="PJSIP/1001", Application="Echo", Async=False)
        assert (response.event, response.get("Response"), response.get("Reason")) == (
            "OriginateResponse",
            "Failure",
            "5",
        )
        queued = await ami.action("Originate", Channel="PJSIP/1002", Application="Echo")
        assert queued.get("Message") == "Originate successfully queued"
        assert [action["Async"] for action in asterisk.named("Originate")] == ["true", "true"]
        names = [event.event for event in await seen.wait(3)]
        assert names == ["Newchannel", "Newchannel", "OriginateResponse"]
        assert asterisk.connections == 1


async def test_a_list_is_collected_and_other_events_are_not_mixed_in():
    def answer(action: Action) -> str:
        row = f"Event: CoreShowChannel\nActionID: {action['ActionID']}\nUniqueid: n-1."
        return (
            f"Response: Success\nActionID: {action['ActionID']}\nEventList: start\n\n"
            f"{row}1\n\nEvent: Hangup\nUniqueid: n-1.7\n\n{row}2\n\n"
            f"Event: CoreShowChannelsComplete\nActionID: {action['ActionID']}\nListItems: 2\n\n"
        )

    async with scripted(wanted=frozenset({"Hangup"})) as (ami, asterisk):
        asterisk.answers["CoreShowChannels"] = answer
        seen = Seen(ami)
        rows = await ami.collect("CoreShowChannels", "CoreShowChannelsComplete")
        assert [row.uniqueid for row in rows] == ["n-1.1", "n-1.2"]
        assert [event.event for event in await seen.wait(1)] == ["Hangup"]


async def test_a_refusal_is_an_exception_with_asterisks_own_words():
    async with scripted() as (ami, asterisk):
        asterisk.answers["Redirect"] = lambda a: (
            f"Response: Error\nActionID: {a['ActionID']}\nMessage: No such channel\n\n"
        )
        with pytest.raises(AmiRefused, match="No such channel"):
            await ami.action("Redirect", Channel="PJSIP/gone")
        with pytest.raises(AmiRefused):
            await ami.collect("Redirect", "RedirectComplete")


async def test_an_action_without_answer_times_out_and_its_late_answer_hits_nobody():
    async with scripted() as (ami, asterisk):
        asterisk.silent.add("Status")
        seen = Seen(ami)
        with pytest.raises(AmiTimeout):
            await ami.action("Status", timeout_s=0.02)
        late = asterisk.named("Status")[0]["ActionID"]
        asterisk.say(f"Response: Success\nActionID: {late}\n\nEvent: Status\nActionID: {late}\n\nEvent: Hangup\n\n")
        assert [event.event for event in await seen.wait(1)] == ["Hangup"]
        assert (await ami.action("CoreStatus")).get("ActionID") != late


async def test_line_breaks_in_a_value_never_reach_the_socket():
    async with scripted() as (ami, asterisk):
        with pytest.raises(ValueError, match="contains CR"):
            await ami.action("Setvar", Variable={"NAME": "x\r\n\r\nAction: Command\r\nCommand: core stop now"})
        await ami.action("CoreStatus")
        assert [action["Action"] for action in asterisk.actions] == ["Login", "CoreStatus"]


async def test_pending_actions_fail_at_a_disconnect_and_nothing_is_sent_again():
    async with scripted() as (ami, asterisk):
        asterisk.silent.add("Originate")
        again = asyncio.Event()

        async def note() -> None:
            again.set()

        task = asyncio.create_task(ami.originate(Channel="PJSIP/1001", Application="Echo"))
        while (await asterisk.came.get())["Action"] != "Originate":
            pass
        ami.on_connected.append(note)
        asterisk.hang_up()
        with pytest.raises(AmiDisconnected):
            await task
        await again.wait()
        assert (await ami.action("CoreStatus")).success
        assert asterisk.connections == 2
        assert len(asterisk.named("Originate")) == 1
        assert ami.disconnects == 1


async def test_an_action_without_a_connection_fails_at_once_and_is_not_kept():
    async with scripted(retry_first_s=0.2) as (ami, asterisk):
        gone = asyncio.Event()
        ami.on_disconnected.append(gone.set)
        asterisk.hang_up()
        await gone.wait()
        assert not ami.connected
        with pytest.raises(AmiDisconnected):
            await ami.action("Originate", Channel="PJSIP/1001")
        await ami.connect(5)
        await ami.action("CoreStatus")
        assert asterisk.named("Originate") == []


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


async def test_the_secret_is_in_no_representation():
    assert "s3cret" not in repr(settings_for(ScriptedAsterisk()))
