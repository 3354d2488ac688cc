"""Makes a whole flow of the few steps that a test is about."""

from ivr_flow_texts import KNOWN

from ivr import Flow, Known, parse_flow

_REST = """\
name: small
start: {start}
person: person
languages: [zh, en]
prompts:
  p: {{zh: 一, en: One}}
  q: {{zh: 二, en: Two}}
{prompts}
steps:
{steps}
  person: {{do: queue, queue: general, nobody_staffed: bye}}
  bye: {{do: hangup}}
"""


def small_text(steps: str, prompts: str = "", start: str = "") -> str:
    """Return a flow that begins with the first of ``steps`` (or with ``start``), and has ``person`` and ``bye``."""
    first = next(line for line in steps.splitlines() if line.strip()).strip().partition(":")[0]
    indented = "\n".join("  " + line for line in steps.strip("\n").splitlines())
    more = "\n".join("  " + line for line in prompts.strip("\n").splitlines())
    return _REST.format(start=start or first, steps=indented, prompts=more)


def small(steps: str, prompts: str = "", start: str = "", known: Known = KNOWN) -> Flow:
    """Return the same, loaded."""
    return parse_flow(small_text(steps, prompts, start), known).flow
