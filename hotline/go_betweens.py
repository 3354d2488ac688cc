"""Small parts between rooms: each gives one of them what it asks for out of another."""

from agents import Floor
from calls import AgentId, CallId


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
