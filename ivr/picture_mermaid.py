"""A flow's picture in Mermaid, for pages that draw it (GitLab, GitHub, many editors). Pure."""

from ivr.picture import Picture, heading, shortened

_SHAPES = {"menu": ("{{", "}}"), "collect": ("{{", "}}"), "hours": ("{", "}"), "queue": ("([", "])"),
           "transfer": ("([", "])"), "hangup": ("((", "))")}  # fmt: skip
_MOST = 40  # characters of a text


def mermaid(picture: Picture) -> str:
    """Return the picture as a Mermaid flowchart."""
    ids = {drawn.name: f"s{place}" for place, (drawn, _) in enumerate(picture.steps)}
    lines = ["---", f"title: {_quoted(heading(picture.flow))}", "---", "flowchart LR"]
    for drawn, _ in picture.steps:
        opened, closed = _SHAPES.get(drawn.kind, ("[", "]"))
        text = f"<br/>{_escaped(shortened(drawn.text, _MOST))}" if drawn.text else ""
        lines.append(f'  {ids[drawn.name]}{opened}"<b>{_escaped(drawn.name)}</b> {drawn.kind}{text}"{closed}')
    for drawn, _ in picture.steps:
        for way in drawn.ways:
            if way.target in ids:
                label = f'|"{_escaped(way.label)}"|' if way.label else ""
                arrow = "-->" if way.step is not None else "-.->"
                lines.append(f"  {ids[drawn.name]} {arrow}{label} {ids[way.target]}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    """Return a text in which nothing means anything to Mermaid or HTML."""
    safe = (char if char.isalnum() or char in " ,.;:!?-_/…，。、；：！？（）" else f"#{ord(char)};" for char in text)
    return "".join(safe)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "").replace('"', "'") + '"'
