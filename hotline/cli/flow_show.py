"""``hotline flow show``: a flow as a tree in the terminal, as Mermaid, or as a picture."""

from pathlib import Path

import typer
from rich.text import Text
from rich.tree import Tree

from hotline.cli import show
from hotline.cli.flow_check import told
from hotline.flow_files import FlowFiles, flow_path, settings_or_none
from hotline.logging import set_up_cli_log
from ivr import FlowErrors
from ivr.picture import Drawn, Picture, heading, picture_of, shortened
from ivr.picture_mermaid import mermaid
from ivr.picture_svg import svg
from ivr.rehearsal_line import language_named

_STYLES = {"menu": "bold blue", "collect": "bold blue", "queue": "bold green", "transfer": "bold green",
           "voicemail": "bold yellow", "hours": "bold magenta", "hangup": "bold red"}  # fmt: skip
_DEEPEST = 40
_MOST = 48  # characters of a text


def show_flow(path: Path, directory: Path | None, language: str, *, as_mermaid: bool, svg_file: Path | None) -> None:
    """Show the flow in a file. One with mistakes is not shown, they are."""
    set_up_cli_log()
    settings = settings_or_none()
    try:
        spoken = language_named(language)
    except ValueError as error:
        show.fail(f"--language: {error}", show.EXIT_MISTAKE)
    try:
        flow = FlowFiles(directory, settings).load(flow_path(path, settings)).flow
    except FlowErrors as error:
        show.fail("\n".join(told("error", one, None) for one in error.mistakes), show.EXIT_FAILED)
    picture = picture_of(flow, spoken)
    if svg_file is not None:
        try:
            svg_file.write_text(svg(picture), encoding="utf-8")
        except OSError as error:
            show.fail(f"--svg: {svg_file} cannot be written: {error.strerror or error}", show.EXIT_FAILED)
        typer.echo(f"drawn: {svg_file}")
    if as_mermaid:
        typer.echo(mermaid(picture), nl=False)
    elif svg_file is None:
        show.console().print(_tree(picture))


def _tree(picture: Picture) -> Tree:
    tree = Tree(Text(heading(picture.flow), style="bold"))
    branches = {root.name: tree.add(_line(root, "")) for root in picture.roots}
    for drawn, depth in picture.steps:
        branch = branches[drawn.name]
        for way in drawn.ways:
            if way.step is None:
                branch.add(_reference(way.label, way.target))
            else:  # very deep ones stand beside each other: no screen is that wide
                branches[way.target] = (branch if depth < _DEEPEST else tree).add(_line(way.step, way.label))
    return tree


def _line(drawn: Drawn, label: str) -> Text:
    line = Text(f"{label}: " if label else "", style="bold")
    line.append(drawn.name, style=_STYLES.get(drawn.kind, "bold"))
    line.append(f"  {drawn.kind}", style="dim")
    line.append(f"  {shortened(drawn.text, _MOST)}" if drawn.text else "", style="")
    return line


def _reference(label: str, target: str) -> Text:
    line = Text(f"{label}: " if label else "", style="bold")
    line.append(f"→ {target}", style="dim")
    return line
