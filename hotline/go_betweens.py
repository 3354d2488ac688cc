"""Small parts between rooms: each gives one of them what it asks for out of another."""

from collections.abc import Callable

from agents import Floor
from calls import AgentId, CallId, Line
from ivr import SystemPrompts
from ivr.speech import PromptPlayer


class FloorKeeper:
    """Tells floor and router about talks that outlived the former service (``takeover.TalkKeeper``)."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def adopt_talk(self, agent: AgentId, call: CallId) -> None:
        """The agent is still talking."""
        standing = self._floor.standing(agent)
        self._floor.adopted(agent, call, standing.queue if standing is not None else "")

    def talk_over(self, agent: AgentId, call: CallId) -> None:
        """The agent's talk has ended."""
        self._floor.talk_ended(agent, call)


class SpokenPlace:
    """Tells a waiting caller the place in line (``acd.Announcer``)."""

    def __init__(self, prompts: PromptPlayer, system: Callable[[], SystemPrompts]) -> None:
        self._prompts, self._system = prompts, system

    async def announce(self, line: Line, place: int, estimate_s: float | None) -> None:
        """Say the place in the caller's language."""
        del estimate_s  # not measured yet, so not promised
        language = line.call.language
        text = self._system().text("queue_place", language)
        await line.play(await self._prompts.sounds("queue_place", text, language, place=place))
