"""How every prompt of a catalogue stands: recorded or spoken, ready, missing or stale, how long and how loud."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ivr.catalogue import Prompt
from ivr.speech import Match, PromptStore
from ivr.speech.audio import load
from ivr.speech.loudness import heard_level


class PromptState(StrEnum):
    """Whether a prompt can be heard as it should be."""

    READY = "ready"
    MISSING = "missing"  # not rendered yet, and no recording: a reload or `hotline prompts render` renders it
    STALE = "stale"  # the recording is older than the text's last change; callers hear the recording
    BROKEN = "broken"  # there is a recording, but it cannot be read; callers hear the voice


class PromptSource(StrEnum):
    """What callers hear."""

    RECORDING = "recording"
    VOICE = "voice"  # synthesised


@dataclass(frozen=True, slots=True)
class Standing:
    """How one prompt stands. ``file`` is the recording, or the 16 kHz file that was rendered; None where there is none.
    ``remedy`` says what to do about it ("": nothing). ``made_by`` tells where a recording came from."""

    prompt: Prompt
    state: PromptState
    source: PromptSource
    file: Path | None = None
    made_by: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """How long a prompt lasts and how loud it is (active level, ITU-T P.56)."""

    seconds: float
    dbfs: float


def standing(prompt: Prompt, store: PromptStore) -> Standing:
    """Return how a prompt stands on the disk now."""
    item = prompt.items[0]
    path = store.recordings.find(item.name, item.language)
    if path is None:
        sound = store.spoken(item.language, item.text)
        if sound is None:
            return Standing(
                prompt, PromptState.MISSING, PromptSource.VOICE, remedy=f"hotline prompts render {prompt.name}"
            )
        return Standing(prompt, PromptState.READY, PromptSource.VOICE, _sixteen(sound.path))
    note = store.recordings.note(path)
    made_by = note.source if note is not None else "by hand"
    if measure(path) is None:
        remedy = f"{path} is not a readable sound file: save it as WAV, or: hotline prompts restore {prompt.name}"
        return Standing(prompt, PromptState.BROKEN, PromptSource.RECORDING, path, made_by, remedy)
    stale = any(store.recordings.match(path, one) is Match.STALE for one in prompt.items)
    remedy = f"record it anew, or when it still says the text: hotline prompts confirm {prompt.name}" if stale else ""
    state = PromptState.STALE if stale else PromptState.READY
    return Standing(prompt, state, PromptSource.RECORDING, path, made_by, remedy)


def measure(path: Path) -> Measure | None:
    """Return how long and how loud a file is; None when it is no sound."""
    try:
        samples, rate = load(path)
    except ValueError:
        return None
    return Measure(len(samples) / rate, heard_level(samples, rate))


def heard_file(one: Standing, store: PromptStore) -> Path | None:
    """Return the 16 kHz file that callers hear of a prompt, when it was made."""
    if one.source is PromptSource.RECORDING and one.file is not None:
        made = _sixteen(store.converted(one.file, one.prompt.language))
        return made if made.is_file() else one.file
    return one.file


def counted(standings: Iterable[Standing]) -> dict[str, int]:
    """Return how many prompts are in each state, and how many are recorded."""
    every = list(standings)
    states = Counter(one.state for one in every)
    recorded = sum(one.source is PromptSource.RECORDING for one in every)
    return {**{state.value: states[state] for state in PromptState}, "recorded": recorded}


def _sixteen(base: Path) -> Path:
    return base.with_name(base.name + ".wav16")
