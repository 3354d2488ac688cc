"""What the YAML reader complains of, in words for people who do not know YAML."""

from ruamel.yaml.error import MarkedYAMLError

from ivr.mistakes import FlowMistake

_WIDE = {
    "：": "':' and a space", "，": "','", "“": "'\"'", "”": "'\"'",
    "｛": "'{'", "｝": "'}'", "【": "'['", "】": "']'",
}  # fmt: skip

# (part of the reader's words, what is wrong, what to do), the first that fits counts
_WORDS = (
    ("names (& and *)", "a word that begins with & or * has a meaning of its own",
     'put it in quotes: the star key of the telephone is "*"'),
    ("scanning an alias", "a word that begins with & or * has a meaning of its own",
     'put it in quotes: the star key of the telephone is "*"'),
    ("scanning an anchor", "a word that begins with & or * has a meaning of its own",
     'put it in quotes: the star key of the telephone is "*"'),
    ("nested too deeply", "is nested too deeply", "check the brackets"),
    ("'\\t'", "a tab cannot be used for indentation", "use spaces"),
    ("another document", "a line '---' begins a second document", "remove the line"),
    ("scanning a quoted scalar", "a quote is opened here and not closed", "close it with the same kind of quote"),
    ("unknown escape character", "a backslash in double quotes has a meaning of its own", "use single quotes"),
    ("expected ':'", "a ':' is missing", "write 'key: value', with a space after the ':'"),
    ("mapping values are not allowed", "a ':' stands where none is expected",
     "check that this line is indented like its neighbours; put a text that contains ': ' in quotes"),
    ("parsing a flow", "a bracket or brace is not closed, or a comma is missing",
     'close it; a text with , [ ] { } or # goes in quotes, and so does the key "#"'),
    ("block end", "the indentation is wrong", "indent this line by as many spaces as its neighbours"),
    ("cannot start any token", "a text cannot begin with this character", "put the text in quotes"),
)  # fmt: skip


def worded_syntax(file: str, text: str, error: MarkedYAMLError) -> FlowMistake:
    """Return the mistake that the reader met in ``text``."""
    said = f"{error.context or ''} {error.problem or ''}"
    mark = error.problem_mark or error.context_mark
    if error.context_mark is not None and ("quoted scalar" in said or "parsing a flow" in said):
        mark = error.context_mark  # where quote or bracket was opened, not where the file ends
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    message, remedy = next(
        ((message, remedy) for part, message, remedy in _WORDS if part in said),
        (
            f"not valid YAML: {said.strip()}"[:200],
            "check indentation, colons and quotes on this line and the one before",
        ),
    )
    return FlowMistake(file, line, column, "", message, _wide(text, line) or remedy)


def _wide(text: str, line: int) -> str:
    """Return a remedy when full-width punctuation on this line or the one before is the likely cause."""
    lines = text.split("\n")
    for number in (line, line - 1):
        written = lines[number - 1] if 0 < number <= len(lines) else ""
        found = next((wide for wide in _WIDE if wide in written), None)
        if found is not None and ": " not in written and not written.rstrip().endswith(":"):
            return f"line {number} has a full-width '{found}': type {_WIDE[found]} instead"
    return ""
