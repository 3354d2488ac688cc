"""``hotline prompts``: the commands and their options. What they do is in ``prompts_list``, ``prompts_sound`` and
``prompts_record``."""
# ruff: noqa: PLC0415 - nothing heavy is imported before a command runs

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from calls import Language
from hotline.cli.options import Config, Json

if TYPE_CHECKING:
    from hotline.settings import Settings

prompts_app = typer.Typer(
    name="prompts",
    help="What callers hear: list, render, play, and replace prompts, or record them by phone.",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The prompt's name or number, as `prompts list` shows it.")]
InLanguage = Annotated[Language, typer.Option("--language", help="In which language.")]
EveryLanguage = Annotated[Language | None, typer.Option("--language", help="Only in this language.")]


def _settings(config: Path | None) -> "Settings":
    from hotline.cli.app import settings_in_force
    from hotline.logging import set_up_cli_log

    set_up_cli_log()
    return settings_in_force(config)


@prompts_app.command("list")
def list_prompts(
    *,
    flow: Annotated[str | None, typer.Option(help="Only those of this flow, of `system` or of `seats`.")] = None,
    language: EveryLanguage = None,
    missing: Annotated[bool, typer.Option("--missing", help="Only those not rendered yet.")] = False,
    stale: Annotated[bool, typer.Option("--stale", help="Only recordings older than their text.")] = False,
    json: Json = False,
    config: Config = None,
) -> None:
    """Every prompt of the edited files: text, recorded or synthesised, length, loudness, and whether it is ready."""
    from hotline.cli import prompts_list

    wanted = prompts_list.Wanted(flow=flow, language=language, missing=missing, stale=stale)
    prompts_list.list_prompts(_settings(config), wanted, as_json=json)


@prompts_app.command()
def render(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Names or numbers; none: all.")] = None,
    *,
    language: EveryLanguage = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them; needed for --force without names.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Render even what is there already.")] = False,
    json: Json = False,
    config: Config = None,
) -> None:
    """Render what is missing with the synthesiser; leaves with 1 when something cannot be spoken."""
    from hotline.cli import prompts_sound

    prompts_sound.render(
        _settings(config), names or [], language, everything=everything, force=force, as_json=json
    )  # fmt: skip


@prompts_app.command()
def play(
    name: Name,
    values: Annotated[
        list[str] | None, typer.Argument(metavar="[VALUE]...", help="What its marks are filled with: place=3.")
    ] = None,
    *,
    language: InLanguage = Language.ZH,
    wav: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it there instead of playing it.")] = None,
    seat: Annotated[str | None, typer.Option(help="Ring this seat and play it there.")] = None,
    json: Json = False,
    config: Config = None,
) -> None:
    """Hear a prompt as callers would: here, on a seat's phone, or as a file."""
    from hotline.cli import prompts_sound

    order = prompts_sound.Play(name, tuple(values or ()), language, wav, seat)
    prompts_sound.play(_settings(config), order, as_json=json)


@prompts_app.command()
def replace(
    name: Name,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The recording: WAV, FLAC, OGG or MP3.")],
    *,
    language: InLanguage = Language.ZH,
    any_length: Annotated[bool, typer.Option("--any-length", help="Even if it does not seem to fit the text.")] = False,
    json: Json = False,
    config: Config = None,
) -> None:
    """Put a recording in the place of the synthesised voice (or of another one, which is kept)."""
    from hotline.cli import prompts_sound

    prompts_sound.replace(_settings(config), name, file, language, any_length=any_length, as_json=json)


@prompts_app.command()
def restore(
    name: Name,
    *,
    language: InLanguage = Language.ZH,
    voice: Annotated[bool, typer.Option("--voice", help="The synthesised voice, in any case.")] = False,
    json: Json = False,
    config: Config = None,
) -> None:
    """Bring back the former recording, or else the synthesised voice. Twice: as it was."""
    from hotline.cli import prompts_sound

    prompts_sound.restore(_settings(config), name, language, voice=voice, as_json=json)


@prompts_app.command()
def confirm(name: Name, *, language: InLanguage = Language.ZH, json: Json = False, config: Config = None) -> None:
    """Say that a recording still fits its text, which was changed: it is no longer stale."""
    from hotline.cli import prompts_sound

    prompts_sound.confirm(_settings(config), name, language, as_json=json)


@prompts_app.command()
def record(
    name: Name,
    *,
    seat: Annotated[str, typer.Option(help="The seat whose phone is rung.")],
    language: InLanguage = Language.ZH,
    json: Json = False,
    config: Config = None,
) -> None:
    """Record a prompt by phone: the seat rings, says what to read, beeps, records and plays back. 1 keeps it, 2 records
    it again, * gives up."""
    from hotline.cli import prompts_record

    prompts_record.record(_settings(config), name, seat, language, as_json=json)
