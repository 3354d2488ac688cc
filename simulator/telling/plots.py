"""Plots as SVG, to be put into a page; nothing from outside is in them."""

import io
from collections.abc import Mapping, Sequence

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

_SIZE = (9, 2.6)
_SMALL = (4.4, 2.2)


def lines(at: Sequence[float], series: Mapping[str, Sequence[float | None]], y: str, *, small: bool = False) -> str:
    """Return lines over the seconds of the run, with gaps where there is no value. ``y`` must differ from that of other
    drawings with the same series on one page."""
    figure, axes = _axes("seconds from the beginning", y, _SMALL if small else _SIZE)
    for name, values in series.items():
        axes.plot(at, [float("nan") if value is None else value for value in values], label=name, marker=".")
    axes.set_ylim(bottom=0)
    axes.legend(loc="upper left", fontsize="x-small" if small else "small")
    return _svg(figure, "-".join((y, *series)))


def distribution(series: Mapping[str, Sequence[float]], x: str) -> str:
    """Return which part of the values is at or below each value, one line for each series."""
    figure, axes = _axes(x, "part of the calls")
    for name, values in series.items():
        if values:
            ordered = sorted(values)
            axes.step(ordered, [(place + 1) / len(ordered) for place in range(len(ordered))], where="post", label=name)
    axes.set_ylim(0, 1.02)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="lower right", fontsize="small")
    return _svg(figure, x)


def _axes(x: str, y: str, size: tuple[float, float] = _SIZE) -> tuple[Figure, Axes]:
    figure = Figure(figsize=size)
    axes = figure.subplots()
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(visible=True, alpha=0.3)
    return figure, axes


def _svg(figure: Figure, name: str) -> str:
    """Return the drawing alone; ``name`` keeps the ids of several drawings in one page apart."""
    out = io.StringIO()
    with rc_context({"svg.fonttype": "path", "svg.hashsalt": name}):
        figure.savefig(out, format="svg", bbox_inches="tight", metadata={"Date": None})
    drawn = out.getvalue()
    return drawn[drawn.index("<svg") :]
