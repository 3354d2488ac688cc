"""Options that many commands have, said once. Imports nothing but typer: every command's start pays for it."""

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="JSON for machines: stable keys, numbers in full.")]
JsonKeys = Annotated[bool, typer.Option("--json", help="JSON for machines: stable keys.")]  # where there are no numbers
Full = Annotated[bool, typer.Option("--full", help="Telephone numbers in full.")]
Config = Annotated[
    Path | None, typer.Option("--config", help="Settings file, instead of HOTLINE_CONFIG or ./hotline.toml.")
]
StoreUrl = Annotated[
    str | None, typer.Option("--store", metavar="URL", help="Another ticket store than that of the settings.")
]
