"""Erlang's formulas, computed from their definitions: what the router must agree with."""

import math


def waiting_share(load: float, seats: int) -> float:
    """Erlang C: the share of callers who find all seats taken, of M/M/N with nobody who gives up."""
    if load >= seats:
        return 1.0
    blocked = 1.0  # Erlang B, by its recursion
    for n in range(1, seats + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked / (1 - load / seats * (1 - blocked))


def erlang_c(calls_per_hour: float, seats: int, aht_s: float, within_s: float) -> tuple[float, float, float]:
    """Service level, ASA and occupancy of M/M/N."""
    load = calls_per_hour / 3600 * aht_s
    waits = waiting_share(load, seats)
    level = 1 - waits * math.exp(-(seats - load) * within_s / aht_s)
    return level, waits * aht_s / (seats - load), load / seats


def erlang_a(calls_per_hour: float, seats: int, aht_s: float, patience_s: float) -> tuple[float, float]:
    """Share of those who give up, and occupancy, of M/M/N+M: from the balance of births and deaths."""
    arrive, leave = calls_per_hour / 3600, 1 / patience_s
    chances = _standing(calls_per_hour, seats, aht_s, patience_s)
    waiting = sum(max(0, n - seats) * chance for n, chance in enumerate(chances))
    busy = sum(min(n, seats) * chance for n, chance in enumerate(chances))
    return leave * waiting / arrive, busy / seats


def erlang_a_waiting(calls_per_hour: float, seats: int, aht_s: float, patience_s: float) -> tuple[float, float]:
    """Share of those who find all seats taken, and mean time in line of all callers, of M/M/N+M."""
    chances = _standing(calls_per_hour, seats, aht_s, patience_s)
    waiting = sum(max(0, n - seats) * chance for n, chance in enumerate(chances))
    return sum(chances[seats:]), waiting / (calls_per_hour / 3600)


def erlang_a_answered(
    calls_per_hour: float, seats: int, aht_s: float, patience_s: float, within_s: float
) -> tuple[float, float]:
    """Service level (answered in time / answered) and ASA of M/M/N+M (Garnett, Mandelbaum and Reiman 2002).

    Who finds all seats taken and ``ahead`` callers in line is served after ``ahead`` + 1 steps: each is some seat's
    becoming free, or the going of one of those still ahead. Meanwhile they may give up themselves.
    """
    chances, free, leave = _standing(calls_per_hour, seats, aht_s, patience_s), seats / aht_s, 1 / patience_s
    behind = chances[seats:]
    while behind and behind[-1] < 1e-15:
        behind.pop()
    at_once = sum(chances[:seats])
    served, waited, step_s = at_once, 0.0, 0.0
    for ahead, chance in enumerate(behind):
        bears_it = free / (free + (ahead + 1) * leave)  # the product over all steps of: it comes before one's own going
        step_s += 1 / (free + (ahead + 1) * leave)
        served += chance * bears_it
        waited += chance * bears_it * step_s
    in_time = zip(behind, _served_within(within_s, len(behind), free, leave), strict=True)
    return (at_once + sum(chance * share for chance, share in in_time)) / served, waited / served


def _served_within(within_s: float, most: int, free: float, leave: float) -> list[float]:
    """Return, for whoever finds so many ahead, how likely they are served in time: the chain of steps, seen at the
    moments of a Poisson stream that is faster than all of them (uniformisation)."""
    pace = free + (most + 1) * leave
    mean = pace * within_s
    now, found = [0.0] * most, [0.0] * most
    for moment in range(int(mean + 12 * math.sqrt(mean)) + 30):
        weight = math.exp(moment * math.log(mean) - mean - math.lgamma(moment + 1)) if mean else float(not moment)
        found = [known + weight * share for known, share in zip(found, now, strict=True)]
        now = [
            ((free + ahead * leave) * (now[ahead - 1] if ahead else 1.0) + (pace - free - (ahead + 1) * leave) * share)
            / pace
            for ahead, share in enumerate(now)
        ]
    return found


def _standing(calls_per_hour: float, seats: int, aht_s: float, patience_s: float) -> list[float]:
    """How likely it is that so many callers are there, talking or waiting."""
    arrive, serve, leave = calls_per_hour / 3600, 1 / aht_s, 1 / patience_s
    weights = [1.0]
    for n in range(1, seats + 2_000):
        death = min(n, seats) * serve + max(0, n - seats) * leave
        weights.append(weights[-1] * arrive / death)
    total = sum(weights)
    return [weight / total for weight in weights]
