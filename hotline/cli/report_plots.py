"""Plots as SVG to be put into a page. They carry numbers only: no font of Chinese is
needed, and nothing from outside is in them."""

import io
from collections.abc import Sequence

from matplotlib import rc_context
from matplotlib.figure import Figure

_COLOUR = "#2b6cb0"
_SHADES = ("#2b6cb0", "#90b4d8", "#1a365d")
_WEEK = 7


def bars(names: Sequence[str], values: Sequence[float]) -> str:
    """Return a bar for each name."""
    figure = Figure(figsize=(9, 2.6))
    axes = figure.subplots()
    axes.bar(range(len(names)), values, color=_COLOUR)
    axes.set_xticks(range(len(names)), names)
    return _svg(figure, "bars")


def grouped(names: Sequence[str], groups: Sequence[tuple[str, Sequence[float | None]]]) -> str:
    """Return bars of percentages side by side: for each name one of every group, with a legend of the groups."""
    figure = Figure(figsize=(9, 2.8))
    axes = figure.subplots()
    wide = 0.8 / max(1, len(groups))
    for place, (group, values) in enumerate(groups):
        heights = [0.0 if value is None else value for value in values]
        left = [index - 0.4 + wide * (place + 0.5) for index in range(len(names))]
        drawn = axes.bar(left, heights, wide, label=group, color=_SHADES[place % len(_SHADES)])
        axes.bar_label(drawn, ["" if value is None else f"{value:.1f}" for value in values], fontsize=7)
    axes.set_xticks(range(len(names)), names)
    axes.set_ylim(0, 112)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=max(1, len(groups)), frameon=False)
    return _svg(figure, "grouped")


def line(names: Sequence[str], values: Sequence[float | None]) -> str:
    """Return a line of percentages, with gaps where there is no value."""
    figure = Figure(figsize=(9, 2.6))
    axes = figure.subplots()
    heights = [float("nan") if value is None else value for value in values]
    axes.plot(range(len(names)), heights, color=_COLOUR, marker="o")
    axes.set_xticks(range(len(names)), names)
    axes.set_ylim(0, 105)
    axes.grid(visible=True, axis="y", alpha=0.3)
    return _svg(figure, "line")


def heat(rows: Sequence[Sequence[int]]) -> str:
    """Return a map of the week: a row for each day, Monday on top, a column for each hour."""
    figure = Figure(figsize=(9, 2.8))
    axes = figure.subplots()
    drawn = axes.imshow(rows, aspect="auto", cmap="Blues", vmin=0)
    axes.set_xticks(range(24), [f"{hour:02d}" for hour in range(24)])
    axes.set_yticks(range(_WEEK), [str(day + 1) for day in range(_WEEK)])
    figure.colorbar(drawn, ax=axes)
    return _svg(figure, "heat")


def _svg(figure: Figure, name: str) -> str:
    """Return the drawing without what belongs to a file of its own; ``name`` keeps ids of several drawings apart."""
    out = io.StringIO()
    with rc_context({"svg.fonttype": "path", "svg.hashsalt": name}):
        figure.savefig(out, format="svg", bbox_inches="tight", metadata={"Date": None})
    drawn = out.getvalue()
    return drawn[drawn.index("<svg") :]
