"""``hotline render``: the files that an Asterisk of one's own needs (docs/existing-asterisk.md)."""

from pathlib import Path

import typer
from pydantic import ValidationError

from agents import DirectoryError, load_directory
from hotline.asterisk_plan import asterisk_config
from hotline.cli import show
from hotline.settings import Settings
from telephony.asterisk import AsteriskProgram, load_secrets, render_for_others


def render(settings: Settings, folder: Path) -> None:
    """Write the files into ``folder`` and say where what belongs."""
    elsewhere = AsteriskProgram((), folder, folder, "")  # asterisk.conf, which would name its folders, is not written
    try:
        directory = load_directory(settings.directory_file)
        secrets = load_secrets(settings.secrets_file, sorted(directory.seat_ids()))
        written = render_for_others(asterisk_config(settings, directory, secrets, elsewhere), folder)
    except (DirectoryError, ValidationError, ValueError, OSError) as error:
        show.fail(str(error), show.EXIT_FAILED)
    for path in written:
        typer.echo(path)
    typer.echo(
        f"\nInstall them in Asterisk's folder (/etc/asterisk), readable for its user; they hold passwords.\n"
        f"It has to read {settings.prompts_dir.absolute()} and {settings.state_dir.absolute()}/music and /sounds,\n"
        f"and to write {settings.recordings_dir.absolute()}. docs/existing-asterisk.md tells the rest."
    )
