"""A manager that answers as it is told to, and a client connected to it."""

import asyncio
import random
from collections.abc import Callable
from contextlib import asynccontextmanager

from telephony.ami import (
    Ami,
    AmiMessage,
    AmiSettings,
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
