"""``hotline prompts list``: how every prompt stands."""

from dataclasses import dataclass
from typing import Any

import typer

from calls import Language
from hotline.cli import show
from hotline.prompt_files import FilesWrong, open_store, read_catalogue
from hotline.settings import Settings
from ivr import Catalogue
from ivr.inventory import PromptState, Standing, heard_file, measure, standing
from ivr.speech import PromptStore

_STALE = (PromptState.STALE, PromptState.BROKEN)
_SHOWN = 36  # characters of a text in the table


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which prompts are listed."""

    flow: str | None
    language: Language | None
    missing: bool
    stale: bool

    def has(self, one: Standing) -> bool:
        """Whether one is to be listed."""
        if self.flow is not None and self.flow not in one.prompt.used_in:
            return False
        if self.language not in (None, one.prompt.language):
            return False
        if not (self.missing or self.stale):
            return True
        return (self.missing and one.state is PromptState.MISSING) or (self.stale and one.state in _STALE)


def catalogue(settings: Settings) -> Catalogue:
    """Return the catalogue of the edited files, or tell their mistakes and leave."""
    try:
        return read_catalogue(settings)
    except FilesWrong as error:
        show.fail(str(error), show.EXIT_FAILED)


def list_prompts(settings: Settings, wanted: Wanted, *, as_json: bool) -> None:
    """Show the prompts."""
    known, store = catalogue(settings), open_store(settings)
    flows = sorted({use for prompt in known.prompts for use in prompt.used_in})
    if wanted.flow is not None and wanted.flow not in flows:
        show.fail(f"--flow: there is no {wanted.flow!r}; there are: {', '.join(flows)}", show.EXIT_MISTAKE)
    every = [standing(prompt, store) for prompt in known.prompts]
    rows = [_row(one, store) for one in every if wanted.has(one)]
    if as_json:
        show.give_json({"prompts": rows})
        return
    columns = ("number", "name", "", "state", "heard", "length", "level", "used in", "text")
    show.table("", columns, (_cells(row) for row in rows), empty="no such prompts")
    for row in rows:
        if row["remedy"] and row["state"] != PromptState.MISSING:
            typer.echo(f"{row['name']} ({row['language']}): {row['state']}: {row['remedy']}")
    missing = sum(one.state is PromptState.MISSING for one in every)
    if missing:
        typer.echo(f"{missing} are not rendered yet: hotline prompts render")


def _row(one: Standing, store: PromptStore) -> dict[str, Any]:
    heard = heard_file(one, store)
    size = measure(heard) if heard is not None and one.state is not PromptState.BROKEN else None
    return {
        "number": one.prompt.number,
        "name": one.prompt.name,
        "language": one.prompt.language.value,
        "text": one.prompt.text,
        "part_of": "" if one.prompt.part_of == one.prompt.name else one.prompt.part_of,
        "used_in": list(one.prompt.used_in),
        "state": one.state.value,
        "source": one.source.value,
        "made_by": one.made_by,
        "file": None if one.file is None else str(one.file),
        "seconds": None if size is None else round(size.seconds, 2),
        "level_dbfs": None if size is None else round(size.dbfs, 1),
        "remedy": one.remedy,
    }


def _cells(row: dict[str, Any]) -> tuple[object, ...]:
    text = row["text"] if len(row["text"]) <= _SHOWN else row["text"][: _SHOWN - 1] + "…"
    heard = f"{row['source']} ({row['made_by']})" if row["made_by"] else row["source"]
    seconds = "" if row["seconds"] is None else f"{row['seconds']:.1f} s"
    level = "" if row["level_dbfs"] is None else f"{row['level_dbfs']:.1f} dB"
    return row["number"], row["name"], row["language"], row["state"], heard, seconds, level, row["used_in"], text
