"""How far a benchmark is, for whoever waits for it; figures go to standard output, this does not."""

import sys
import time


def say(line: str) -> None:
    """Tell how far it is, on standard error."""
    print(f"{time.strftime('%H:%M:%S')}  {line}", file=sys.stderr, flush=True)
