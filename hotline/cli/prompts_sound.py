"""``hotline prompts render|play|replace|restore|confirm``: what makes, moves and plays sounds."""

import asyncio
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import typer

from calls import Language, Sound
from hotline.cli import show
from hotline.cli.prompts_list import catalogue
from hotline.cli.prompts_record import order, refresh
from hotline.prompt_files import everything as all_items
from hotline.prompt_files import open_store
from hotline.settings import Settings
from ivr import Catalogue
from ivr.catalogue import Prompt
from ivr.speech import Item, PrepareReport, PromptPlayer, PromptStore
from ivr.speech.audio import load, write_wav
from ivr.speech.intake import Unfit, take_in
from ivr.speech.template import slots

_PLAYERS = (("paplay",), ("pw-play",), ("aplay", "-q"), ("play", "-q"), ("ffplay", "-nodisp", "-autoexit", "-loglevel",
            "error"), ("afplay",))  # fmt: skip
"""Programs that play a WAV file, the likeliest to work first."""


@dataclass(frozen=True, slots=True)
class Play:
    """What is to be played, and where to: a file, a seat, or here."""

    name: str
    values: tuple[str, ...]
    language: Language
    wav: Path | None
    seat: str | None


def render(
    settings: Settings, names: Sequence[str], language: Language | None, *, everything: bool, force: bool, as_json: bool
) -> None:
    """Render what is missing; leaves with 1 and every failure, when there is one."""
    if force and not names and not everything:
        show.fail("--force renders anew what is there: say which by name, or --all", show.EXIT_MISTAKE)
    known, store = catalogue(settings), open_store(settings)
    if names:
        items = [item for name in names for prompt in _found(known, name, language) for item in prompt.items]
    else:
        items = [Item(*one) for one in all_items(known, PromptPlayer(store)) if language in (None, one[1])]
    report = asyncio.run(store.prepare(items, anew=force))
    failed = [
        {"name": item.name, "language": item.language.value, "text": item.text, "reason": reason,
         "place": _place(settings, known, item), "remedy": _remedy(reason)}
        for item, reason in report.failed
    ]  # fmt: skip
    if as_json:
        told = {"rendered": report.rendered, "there_before": report.cached, "recorded": report.recorded}
        show.give_json({**told, "failed": failed})
    else:
        typer.echo(_told(report))
        for one in failed:
            typer.echo(
                f"{one['place']}: {one['name']} ({one['language']}): {one['reason']} ({one['remedy']})", err=True
            )
    if failed:
        raise typer.Exit(show.EXIT_FAILED)
    refresh(settings)


def play(settings: Settings, wanted: Play, *, as_json: bool) -> None:
    """Play a prompt, or write it into a file, or have a seat rung."""
    known = catalogue(settings)
    values = _values(wanted.values)
    _found(known, wanted.name, wanted.language)
    name, language, text = known.whole(wanted.name, wanted.language)
    unfilled = sorted(set(slots(text)) - set(values))
    if unfilled:
        show.fail(f"{wanted.name} needs {' '.join(f'{slot}=…' for slot in unfilled)}", show.EXIT_MISTAKE)
    if wanted.seat is not None:
        what = {"name": wanted.name, "language": language.value, "seat": wanted.seat, "values": values}
        order(settings, "prompt-play", what, as_json=as_json)
        return
    store = open_store(settings)
    sounds = asyncio.run(_sounds(store, name, text, language, values))
    with tempfile.TemporaryDirectory() as folder:
        target = wanted.wav or Path(folder) / "prompt.wav"
        seconds = _write(sounds, target)
        if wanted.wav is None and (problem := _play_here(target)):
            show.fail(problem, show.EXIT_FAILED)
    if as_json:
        show.give_json({"name": wanted.name, "seconds": round(seconds, 2), "file": str(wanted.wav or "")})
    elif wanted.wav is not None:
        typer.echo(f"{wanted.wav}: {seconds:.1f} s")


def replace(settings: Settings, name: str, file: Path, language: Language, *, any_length: bool, as_json: bool) -> None:
    """Put a recording in place; leaves with 1 when it is not fit for that."""
    prompt, store = _one(catalogue(settings), name, language), open_store(settings)
    try:
        taken = take_in(file, prompt.text, any_length=any_length)
        path = store.recordings.put(prompt.name, prompt.items, taken.samples, taken.rate, f"file {file.name}")
    except (Unfit, ValueError) as error:
        show.fail(f"{file}: {error}. Nothing was changed", show.EXIT_FAILED)
    except OSError as error:
        show.fail(f"it cannot be put in place: {error}", show.EXIT_FAILED)
    in_use = refresh(settings)
    if as_json:
        show.give_json({
            "name": prompt.name, "language": language.value, "file": str(path), "seconds": round(taken.seconds, 2),
            "level_before_dbfs": round(taken.before_dbfs, 1), "in_use": in_use,
        })  # fmt: skip
        return
    typer.echo(f"{path}: {taken.seconds:.1f} s, levelled from {taken.before_dbfs:.0f} dBFS. {_when(in_use)}")


def restore(settings: Settings, name: str, language: Language, *, voice: bool, as_json: bool) -> None:
    """Bring back what was there before."""
    prompt, store = _one(catalogue(settings), name, language), open_store(settings)
    try:
        path = store.recordings.restore(prompt.items[0].name, language, voice=voice)
    except (LookupError, ValueError, OSError) as error:
        show.fail(f"{prompt.name} ({language}): {error}", show.EXIT_FAILED)
    if path is None:
        asyncio.run(store.prepare(prompt.items))
    in_use = refresh(settings)
    if as_json:
        show.give_json({"name": prompt.name, "file": None if path is None else str(path), "in_use": in_use})
        return
    what = "the synthesised voice speaks" if path is None else f"the former recording is in place: {path}"
    typer.echo(f"{what}. {_when(in_use)}")


def confirm(settings: Settings, name: str, language: Language, *, as_json: bool) -> None:
    """Note that a recording says its text as it is now."""
    prompt, store = _one(catalogue(settings), name, language), open_store(settings)
    try:
        confirmed = [store.recordings.confirm(item) for item in prompt.items]
    except OSError as error:
        show.fail(f"it cannot be noted: {error}", show.EXIT_FAILED)
    if not all(confirmed):
        show.fail(f"{prompt.name} ({language}) has no recording", show.EXIT_FAILED)
    if as_json:
        show.give_json({"name": prompt.name, "confirmed": True})
        return
    typer.echo(f"{prompt.name} ({language}): the recording counts as saying the text as it is now")


def _found(known: Catalogue, name: str, language: Language | None) -> list[Prompt]:
    try:
        return known.find(name, language)
    except LookupError as error:
        show.fail(str(error.args[0]), show.EXIT_MISTAKE)


def _one(known: Catalogue, name: str, language: Language) -> Prompt:
    try:
        return known.one(name, language)
    except LookupError as error:
        show.fail(str(error.args[0]), show.EXIT_MISTAKE)


def _values(given: Sequence[str]) -> dict[str, str]:
    values = {}
    for one in given:
        name, sign, value = one.partition("=")
        if not sign or not name.isidentifier():
            show.fail(f"{one!r} is no value for a mark: write it like place=3", show.EXIT_MISTAKE)
        values[name] = value
    return values


async def _sounds(store: PromptStore, name: str, text: str, language: Language, values: dict[str, str]) -> list[Sound]:
    player = PromptPlayer(store, patience_s=60)
    report = await store.prepare(player.texts_needed([(name, language, text)]))
    if report.failed:
        show.fail(report.failed[0][1], show.EXIT_FAILED)
    return await player.sounds(name, text, language, **values)


def _write(sounds: Sequence[Sound], target: Path) -> float:
    """Write sounds after each other into one file; return how long it lasts."""
    loaded = [load(sound.path.with_name(sound.path.name + ".wav16")) for sound in sounds]
    samples = np.concatenate([samples for samples, _ in loaded]) if loaded else np.zeros(0, dtype=np.float32)
    rate = loaded[0][1] if loaded else 16000
    try:
        write_wav(samples, rate, target)
    except OSError as error:
        show.fail(f"{target} cannot be written: {error.strerror}", show.EXIT_FAILED)
    return len(samples) / rate


def _play_here(file: Path) -> str:
    """Play a file on this machine; return what is wrong, or ""."""
    elsewhere = "write it with --wav FILE, or hear it on a phone with --seat"
    there = [player for player in _PLAYERS if shutil.which(player[0])]
    for player in there:
        with suppress(OSError, subprocess.TimeoutExpired):
            if subprocess.run([*player, str(file)], check=False, capture_output=True, timeout=300).returncode == 0:
                return ""
    if there:
        return f"{' and '.join(player[0] for player in there)} could not play it here; {elsewhere}"
    return f"no program that plays sounds is on this machine; {elsewhere}"


def _told(report: PrepareReport) -> str:
    return f"{report.rendered} rendered, {report.cached} were there, {report.recorded} are recordings"


def _place(settings: Settings, known: Catalogue, item: Item) -> str:
    prompt: Any = next((p for p in known.prompts if item in p.items), None)
    folder = settings.files.dialplans
    if prompt is None or prompt.used_in[0] == "system":
        return str(folder / "prompts.yaml")
    return "a phrase for seats" if prompt.used_in[0] == "seats" else f"{folder}, flow {prompt.used_in[0]}"


def _remedy(reason: str) -> str:
    if "nothing in it" in reason:
        return "write words, or {pause|1} for silence"
    if "not a readable sound file" in reason or "no samples" in reason:
        return "save the recording anew as WAV, or: hotline prompts restore"
    if "seconds" in reason or " s of speech" in reason:
        return "make the text shorter or split it with punctuation, or record it"
    return "the log says more; hotline prompts replace puts a recording in its place"


def _when(in_use: bool) -> str:
    return "The next caller hears it" if in_use else "The hotline is not running: callers hear it from its start on"
