"""``hotline flow schema``: JSON Schema for editors, and the reference page."""

import json
from pathlib import Path

import typer

from hotline.categories import categories_schema
from hotline.cli import show
from hotline.directory_schema import directory_schema
from ivr.reference import reference
from ivr.schema import calendars_schema, flow_schema

FLOW_FILE, DIRECTORY_FILE, CALENDARS_FILE = "flow.json", "directory.json", "calendars.json"
CATEGORIES_FILE = "categories.json"


def files() -> dict[str, str]:
    """Return the schemas by the names of their files."""
    made = {FLOW_FILE: flow_schema(), DIRECTORY_FILE: directory_schema(), CALENDARS_FILE: calendars_schema(),
            CATEGORIES_FILE: categories_schema()}  # fmt: skip
    return {name: json.dumps(schema, ensure_ascii=False, indent=1) + "\n" for name, schema in made.items()}


def schema(to: Path | None, *, of_directory: bool, as_markdown: bool) -> None:
    """Print a schema or the reference page, or write all schemas into a folder."""
    if as_markdown:
        typer.echo(reference(), nl=False)
    elif to is None:
        typer.echo(files()[DIRECTORY_FILE if of_directory else FLOW_FILE], nl=False)
    else:
        try:
            to.mkdir(parents=True, exist_ok=True)
            for name, text in files().items():
                (to / name).write_text(text, encoding="utf-8")
        except OSError as error:
            show.fail(f"--to: {to} cannot be written: {error.strerror or error}", show.EXIT_FAILED)
        typer.echo("written: " + ", ".join(str(to / name) for name in files()))
