"""What ends a caller's steps before their end."""


class StepFailed(Exception):
    """A step did not hold; the text says what happened instead."""


class Abandoned(Exception):
    """The caller's patience was over."""


class Again(Exception):
    """The caller dials again."""


def heard_instead(error: Exception) -> str:
    """Return what was heard instead of what was waited for, "" where that is not known."""
    return str(error).partition("; ")[2]
