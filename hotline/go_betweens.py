"""Small parts between rooms: each gives one of them what it asks for out of another."""

from collections.abc import Iterable

from agents import Floor
from agents.talk_watch import TalkWatch
from calls import AgentId, CallId, Event
from hotline.call_timeline import Timelines


class FloorKeeper:
    """Tells floor and router about talks that outlived the former service (``takeover.TalkKeeper``)."""

    def __init__(self, floor: Floor, timelines: Timelines) -> None:
        """From now on the floor learns, too, what agents do within talks."""
        self._floor, self._watch = floor, TalkWatch(floor)
        timelines.observe(self._watch.observe)

    def adopt_talk(self, agent: AgentId, call: CallId, events: Iterable[Event]) -> None:
        """The agent is still talking, in a call that has lived this."""
        standing = self._floor.standing(agent)
        self._floor.adopted(agent, call, standing.queue if standing is not None else "")
        self._watch.take_up(events)

    def talk_over(self, agent: AgentId, call: CallId) -> None:
        """The agent's talk has ended."""
        self._floor.talk_ended(agent, call)
