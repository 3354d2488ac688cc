"""What a conversation needs of the switchboard."""

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

from calls import CallId
from telephony.ami import Ami
from telephony.parties import Watched
from telephony.pausing import Pause

if TYPE_CHECKING:
    from telephony.line import ChannelLine


class Board(Protocol):
    """The switchboard, as conversations see it."""

    @property
    def ami(self) -> Ami:
        """The manager connection."""
        ...

    def watch(self, unique_id: str) -> Watched:
        """Follow a channel."""
        ...

    async def hang_up_call(self, call: CallId) -> None:
        """Hang up the channel that has this for its unique id, if there is one. Raises ``AmiError``."""
        ...

    def listen(self, unique_id: str, hears: Callable[[str], None] | None) -> None:
        """Have the digits that a channel's owner presses told; None: no longer."""
        ...

    def expect_desk(self, call: CallId) -> "asyncio.Future[ChannelLine]":
        """Return what will be the line of the call's agent, who was just sent to the desk."""
        ...

    def route(self, unique_id: str, line: "ChannelLine") -> None:
        """Have a channel's events come to a line."""
        ...

    async def pause_recording(self, call: CallId, *, on: bool | None, by: str) -> Pause:
        """Pause the recording of a call's talk, or go on with it; None: the other of what is."""
        ...

    def department_codes(self) -> Iterable[str]:
        """Return the two-digit codes of all departments."""
        ...
