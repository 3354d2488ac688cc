"""A flow's picture as SVG: the tree from left to right, a row for each leaf, other ways as marks that refer to a step.

A layout of our own: a menu is a tree, which reads best as one; general graph layouts tear it apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from ivr.picture import Drawn, Picture, Way, heading

_BOX_W, _BOX_H = 230, 58
_GAP_X, _GAP_Y = 130, 16
_MARK_H = 24  # of a mark that refers to a step drawn elsewhere
_EDGE = 24
_HEAD_H = 40
_TEXT_UNITS = 32  # half-width characters of text that fit into a box
_LABEL_UNITS = 21

_COLOURS = {  # fill and edge, by what the step does
    "menu": ("#e7f0fe", "#2b6cb0"), "collect": ("#e7f0fe", "#2b6cb0"), "say": ("#f4f4f5", "#71717a"),
    "queue": ("#e6f6ea", "#2f855a"), "transfer": ("#e6f6ea", "#2f855a"), "voicemail": ("#fef3e2", "#b7791f"),
    "hours": ("#f5ecfd", "#805ad5"), "hangup": ("#fde8e8", "#c53030"),
}  # fmt: skip
_OTHER = ("#ffffff", "#71717a")
_STYLE = (
    "text{font-family:'Noto Sans CJK SC','Noto Sans SC','PingFang SC','Microsoft YaHei','WenQuanYi Zen Hei',"
    "'DejaVu Sans',sans-serif;font-size:12px;fill:#1f2937}"
    ".name{font-weight:bold;font-size:13px}.kind,.label{fill:#6b7280;font-size:11px}.head{font-size:16px;font-weight:bold}"
    "path{fill:none;stroke:#9ca3af;stroke-width:1.5}.mark{fill:#fff;stroke:#9ca3af;stroke-dasharray:3 2}"
)


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where something stands: its left edge and its middle."""

    x: float
    y: float


def svg(picture: Picture) -> str:
    """Return the picture as an SVG document."""
    spots, marks, height = _laid_out(picture)
    width = max((spot.x for spot in [*spots.values(), *marks.values()]), default=0.0) + _BOX_W + _EDGE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img" aria-label={quoteattr(heading(picture.flow))}>',
        f"<style>{_STYLE}</style>",
        f'<rect width="{width:g}" height="{height:g}" fill="#ffffff"/>',
        f'<text class="head" x="{_EDGE}" y="{_EDGE + 8}">{_clean(heading(picture.flow))}</text>',
    ]
    for drawn, _ in picture.steps:
        for place, way in enumerate(drawn.ways):
            to = spots[way.target] if way.step is not None else marks[drawn.name, place]
            parts += _way(spots[drawn.name], to, way)
    for drawn, _ in picture.steps:
        parts += _box(drawn, spots[drawn.name])
    parts += [_mark(marks[key], target) for key, target in _marked(picture).items()]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _marked(picture: Picture) -> Mapping[tuple[str, int], str]:
    """Return the ways that only refer to a step: (step, place among its ways) -> the step."""
    return {
        (drawn.name, place): way.target
        for drawn, _ in picture.steps
        for place, way in enumerate(drawn.ways)
        if way.step is None
    }


def _laid_out(picture: Picture) -> tuple[dict[str, _Spot], dict[tuple[str, int], _Spot], float]:
    """Return where steps and marks stand, and the height of it all. Leaves take rows in turn; a step stands in the
    middle of what it leads to."""
    spots: dict[str, _Spot] = {}
    marks: dict[tuple[str, int], _Spot] = {}
    row = float(_EDGE + _HEAD_H)
    todo: list[tuple[Drawn, int, int]] = [(root, 0, 0) for root in reversed(picture.roots)]
    while todo:
        drawn, depth, place = todo.pop()
        if place < len(drawn.ways):
            todo.append((drawn, depth, place + 1))
            way = drawn.ways[place]
            if way.step is not None:
                todo.append((way.step, depth + 1, 0))
            else:
                tall = _BOX_H if len(drawn.ways) == 1 else _MARK_H  # alone it must leave room for the step's box
                marks[drawn.name, place] = _Spot(_x(depth + 1), row + tall / 2)
                row += tall + _GAP_Y
            continue
        if not drawn.ways:
            spots[drawn.name] = _Spot(_x(depth), row + _BOX_H / 2)
            row += _BOX_H + _GAP_Y
            continue
        behind = [
            spots[way.target].y if way.step is not None else marks[drawn.name, i].y for i, way in enumerate(drawn.ways)
        ]
        middle = max((behind[0] + behind[-1]) / 2, float(_EDGE + _HEAD_H + _BOX_H / 2))
        spots[drawn.name] = _Spot(_x(depth), middle)
        row = max(row, middle + _BOX_H / 2 + _GAP_Y)
    return spots, marks, row + _EDGE


def _x(depth: int) -> float:
    return float(_EDGE + depth * (_BOX_W + _GAP_X))


def _box(drawn: Drawn, spot: _Spot) -> list[str]:
    fill, edge = _COLOURS.get(drawn.kind, _OTHER)
    top, left = spot.y - _BOX_H / 2, spot.x
    return [
        f"<g><title>{_clean(f'{drawn.name} ({drawn.kind}) {drawn.text}')}</title>"
        f'<rect x="{left:g}" y="{top:g}" width="{_BOX_W}" height="{_BOX_H}" rx="8" fill="{fill}" stroke="{edge}"/>',
        f'<text class="name" x="{left + 10:g}" y="{top + 22:g}">{_clean(_cut(drawn.name, 22))}</text>'
        f'<text class="kind" x="{left + _BOX_W - 10:g}" y="{top + 22:g}" text-anchor="end">{_clean(drawn.kind)}</text>',
        f'<text x="{left + 10:g}" y="{top + 43:g}">{_clean(_cut(drawn.text, _TEXT_UNITS))}</text></g>',
    ]


def _mark(spot: _Spot, target: str) -> str:
    width = 26 + 7.5 * min(len(target), 24)
    return (
        f'<rect class="mark" x="{spot.x:g}" y="{spot.y - _MARK_H / 2:g}" width="{width:g}" height="{_MARK_H}" rx="12"/>'
        f'<text x="{spot.x + 10:g}" y="{spot.y + 4:g}">→ {_clean(_cut(target, 24))}</text>'
    )


def _way(start: _Spot, end: _Spot, way: Way) -> list[str]:
    x, half = start.x + _BOX_W, _GAP_X / 2
    drawn = [f'<path d="M{x:g} {start.y:g} C{x + half:g} {start.y:g} {end.x - half:g} {end.y:g} {end.x:g} {end.y:g}"/>']
    if way.label:
        label = _clean(_cut(way.label, _LABEL_UNITS))
        drawn.append(f'<text class="label" x="{end.x - 6:g}" y="{end.y - 5:g}" text-anchor="end">{label}</text>')
    return drawn


def _cut(text: str, units: int) -> str:
    """Return a text that is at most so many half-width characters wide."""
    line, used = "", 0
    for char in " ".join(text.split()):
        used += 2 if ord(char) > 0x2E7F else 1
        if used > units:
            return line + "…"
        line += char
    return line


def _clean(text: str) -> str:
    return escape("".join(char if char.isprintable() else " " for char in text))
