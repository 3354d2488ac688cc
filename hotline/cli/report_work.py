"""Computing a report in a process that does nothing else."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from tickets import Store
from tickets.reporting import Period, Report, Rules, category_counts, compute, read_facts


async def report_of(store: Store, period: Period, rules: Rules, now: float) -> Report:
    """Return the report of a time, read from a store; raises ``StoreUnavailable``."""
    with _all_stays():
        report = compute(await read_facts(store, period, now, rules), period, rules, now)
        return report.model_copy(update={"categories": await category_counts(store, period)})


@contextmanager
def _all_stays() -> Iterator[None]:
    """Look for no rubbish meanwhile: a month's hundred thousands of facts all stay, and searching them takes as long as
    reading them."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
