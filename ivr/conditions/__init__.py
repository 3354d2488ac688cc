"""Conditions: what a ``when`` step decides by, as ops staff write it. A language of its own, checked before it is used.

    caller in elderly and queue.general.wait_s > 600
    weekday in (sat, sun) or time < 08:30 or not (dialled matches '1232*')

Grammar, loosest binding first::

    condition  = conjunction { "or" conjunction }
    conjunction = term { "and" term }
    term       = "not" term | "(" condition ")" | comparison
    comparison = operand ("==" | "!=" | "<" | "<=" | ">" | ">=") operand
               | operand ["not"] "in" ( "(" operand { "," operand } ")" | name of a list | "tags" )
               | operand ["not"] "matches" pattern
    operand    = name | "calls_in" "(" days ")" | "queue." queue "." figure | number | 'text' | 08:30 | 2026-10-01 | sat

What is not known (a queue's wait while nobody works, a store that is down) makes a comparison neither true nor false; a
condition that is not true does not hold. Nothing here waits, and no text is ever run as a program.

============  ==========================================================================================================
``tree``      what a condition is made of; values, equal for equal texts
``parsing``   from a text to a tree, within bounds
``names``     the facts there are and their types; what is wrong with a tree
``holding``   whether a tree holds, given the facts
============  ==========================================================================================================
"""

from ivr.conditions.holding import facts_in, holds, lists_in
from ivr.conditions.names import Names, Problem, problems
from ivr.conditions.parsing import ConditionError, parse
from ivr.conditions.tree import Condition, Fact, FactKind, Type, Value

__all__ = [
    "Condition", "ConditionError", "Fact", "FactKind", "Names", "Problem", "Type", "Value", "facts_in", "holds",
    "lists_in", "parse", "problems",
]  # fmt: skip
