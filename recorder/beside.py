"""What lies beside a stored recording, as JSON: who was in it when, who is heard when, and a waveform to show."""

import json
import math
from dataclasses import asdict
from typing import Any

from recorder.files import Kind, kind_of
from recorder.hearing import Channel, Heard
from recorder.index import TalkIndex
from recorder.integrity import Flag

BESIDE = ".json"
_CHANNELS = {
    Kind.TALK: ("caller", "agent"),  # the second is all that the caller hears: agents, departments, music
    Kind.CONSULT: ("agent", "third"),
    Kind.MESSAGE: ("caller",),
}


def beside(path: str, call: str, heard: Heard, index: TalkIndex | None, flags: list[Flag]) -> bytes:
    """Return the text that goes beside a recording."""
    kind = kind_of(path)
    told: dict[str, Any] = {
        "version": 1,
        "path": path,
        "kind": kind.value,
        "call": call,
        "started_at": index.started_at if index else None,
        "duration_s": round(heard.duration_s, 3),
        "expected_s": round(index.expected_s, 3) if index else None,
        "flags": [flag.value for flag in flags],
        "parts": [asdict(part) for part in index.parts] if index else [],
        "gaps": [asdict(gap) for gap in index.gaps] if index else [],
        "before": [asdict(gap) for gap in index.before] if index else [],
        "channels": [_channel(name, channel) for name, channel in zip(_CHANNELS[kind], heard.channels, strict=False)],
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
