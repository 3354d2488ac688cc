"""Saying something to one party of a talk alone, while the talk goes on: the other does not hear it."""

from collections.abc import Sequence

import structlog

from calls import Sound
from telephony.ami import Ami, AmiError

log = structlog.get_logger(__name__)

_LONGEST_S = 20.0


async def whisper(ami: Ami, channel: str, sounds: Sequence[Sound]) -> None:
    """Play sounds into a channel's ear. What cannot be said is logged: the talk matters more."""
    if not sounds:
        return
    try:
        await ami.originate(
            Channel="Local/say@whisper/n", Context="whisper", Exten="spy", Priority="1",
            Timeout=str(int(_LONGEST_S * 1000)), timeout_s=_LONGEST_S,
            Variable=[f"__WHISPER_TO={channel}", "__WHISPER_SOUND=" + "&".join(str(sound.path) for sound in sounds)],
        )  # fmt: skip
    except (AmiError, TimeoutError) as error:
        log.warning("whisper.failed", error=str(error))
