"""The music on hold and the beep, synthesised here, so that no licence comes with them."""

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 8000
_BEAT_S = 0.75
# Four quiet chords, two bars each: C major, A minor, F major, G major (frequencies in Hz), plucked one note a beat.
_CHORDS = ((261.6, 329.6, 392.0), (220.0, 261.6, 329.6), (174.6, 220.0, 261.6), (196.0, 246.9, 293.7))


def _pluck(frequency: float, seconds: float) -> NDArray[np.float64]:
    t = np.arange(int(RATE * seconds)) / RATE
    tone = np.sin(2 * np.pi * frequency * t) + 0.3 * np.sin(4 * np.pi * frequency * t)
    attack = np.minimum(t / 0.02, 1.0)
    shaped: NDArray[np.float64] = tone * attack * np.exp(-2.2 * t)
    return shaped


def hold_music() -> NDArray[np.float64]:
    """Return about 50 s of calm arpeggios, amplitude up to 1."""
    order = (0, 1, 2, 1)
    notes = [chord[order[i % 4]] * (2 if i % 8 == 6 else 1) for _ in range(2) for chord in _CHORDS for i in range(8)]
    out = np.zeros(int(RATE * (_BEAT_S * len(notes) + 2)))
    for i, frequency in enumerate(notes):
        note = _pluck(frequency, 2.0)
        start = int(RATE * _BEAT_S * i)
        out[start : start + len(note)] += note
    levelled: NDArray[np.float64] = out / np.max(np.abs(out))
    return levelled


def beep() -> NDArray[np.float64]:
    """Return the tone that says "speak now": 0.3 s of 1,000 Hz with soft ends."""
    t = np.arange(int(RATE * 0.3)) / RATE
    soft = np.minimum(1.0, np.minimum(t, t[::-1]) / 0.01)
    tone: NDArray[np.float64] = np.sin(2 * np.pi * 1000 * t) * soft
    return tone


def ensure_audio(music: Path, sounds: Path) -> None:
    """Write ``hold.wav`` and ``beep.wav`` (8 kHz, 16 bit, mono) where they are missing."""
    for folder, name, make, level in ((music, "hold", hold_music, 0.25), (sounds, "beep", beep, 0.3)):
        path = folder / f"{name}.wav"
        if path.exists():
            continue
        folder.mkdir(parents=True, exist_ok=True)
        samples = (make() * level * 32767).astype("<i2")
        temporary = path.with_suffix(".new")
        with wave.open(str(temporary), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(samples.tobytes())
        temporary.replace(path)
