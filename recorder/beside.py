"""What lies beside a stored recording, as JSON: who was in it when, who is heard when, and a waveform to show."""

import json
import math
from dataclasses import asdict
from typing import Any

from recorder.hearing import Channel, Heard
from recorder.index import TalkIndex
from recorder.integrity import Flag

BESIDE = ".json"
_STEREO = ("caller", "agent")  # the second is all that the caller hears: agents, departments, music


def beside(path: str, call: str, heard: Heard, index: TalkIndex | None, flags: list[Flag]) -> bytes:
    """Return the text that goes beside a recording."""
    names = _STEREO if len(heard.channels) == 2 else ("caller",)
    told: dict[str, Any] = {
        "version": 1,
        "path": path,
        "call": call,
        "started_at": index.started_at if index else None,
        "duration_s": round(heard.duration_s, 3),
        "expected_s": round(index.expected_s, 3) if index else None,
        "flags": [flag.value for flag in flags],
        "parts": [asdict(part) for part in index.parts] if index else [],
        "gaps": [asdict(gap) for gap in index.gaps] if index else [],
        "before": [asdict(gap) for gap in index.before] if index else [],
        "channels": [_channel(name, channel) for name, channel in zip(names, heard.channels, strict=True)],
    }
    return json.dumps(told, separators=(",", ":")).encode()


def _channel(name: str, channel: Channel) -> dict[str, Any]:
    loudest = channel.loudest_dbfs
    return {
        "name": name,
        "loudest_dbfs": loudest if math.isfinite(loudest) else None,
        "sound_s": channel.sound_s,
        "speech": channel.speech,
        "peaks": channel.peaks,
    }
