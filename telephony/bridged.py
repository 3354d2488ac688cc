"""Seeing that two channels are together, or one has arrived: no event tells it, as each call would bring many."""

import asyncio
from contextlib import suppress

from telephony.ami import Ami, AmiRefused

_WITHIN_S, _LOOK_S = 1.0, 0.02


async def until_bridged(ami: Ami, channel: str, peer: str = "") -> None:
    """Wait a little for a bridge of a channel (with ``peer``) that Asterisk is about to make: what is done to a channel
    between its answer and the bridge is lost. Returns after a second at the latest, and at once when one of them is
    gone. Raises ``AmiError``."""
    with suppress(TimeoutError, AmiRefused):  # one is gone: then there is nothing to wait for
        async with asyncio.timeout(_WITHIN_S):
            while not await _is_bridged(ami, channel, peer):  # noqa: ASYNC110 - Asterisk is asked
                await asyncio.sleep(_LOOK_S)


async def until_arrived(ami: Ami, channel: str, place: str) -> None:
    """Wait a little for a channel that was sent somewhere to be there: in an application whose arguments begin with
    this name (a bridge's, or a conference's). Redirect only asks the channel to go; who bridges it before it has left
    gets it for a moment, and it goes away all the same (Asterisk 22). The application alone does not tell: it may wait
    in the same one on hold, where it was put because the other end has just hung up, and has yet to leave that. Returns
    after a second at the latest, and at once when it is gone. Raises ``AmiError``.

    Asked for by ``Status``: Asterisk 22 looks whether there is a ``CHANNEL(appdata)`` before it has locked the channel,
    and crashes where an application ends in between."""
    with suppress(TimeoutError, AmiRefused):
        async with asyncio.timeout(_WITHIN_S):
            while not (await _arguments(ami, channel)).startswith(place):  # noqa: ASYNC110 - it is asked
                await asyncio.sleep(_LOOK_S)


async def _is_bridged(ami: Ami, channel: str, peer: str) -> bool:
    found = await _value(ami, channel, "BRIDGEPEER")
    if not peer or found == peer:
        return bool(found)
    await _value(ami, peer, "BRIDGEPEER")  # refused when that one is gone
    return False


async def _value(ami: Ami, channel: str, variable: str) -> str:
    found: str = (await ami.action("Getvar", Channel=channel, Variable=variable)).get("Value")
    return found


async def _arguments(ami: Ami, channel: str) -> str:
    """Return those of the application that a channel is in; "" or anything else where it is in none."""
    rows = await ami.collect("Status", "StatusComplete", Channel=channel)
    return next((row.get("Data") for row in rows if row.event == "Status"), "")
