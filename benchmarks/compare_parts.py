"""The parts of the comparison that may be run singly: each has a hotline of its own, and lets all take turns on it."""

from benchmarks.compare_long import LongLine, LongTurn
from benchmarks.compare_memory import memory_turn
from benchmarks.compare_part import Bounds, Part, Told, at_a_site, at_own_site
from benchmarks.compare_peak import SEATS, TALK_S, PeakTurn, peak_day
from benchmarks.compare_phones import ComparePhones
from benchmarks.compare_rates import LATENCY_RATES, MENU_RATES, TALKS_S, latency, menu, sustained, talks
from benchmarks.compare_soak import FLAT_MB_PER_1000, SoakTurn
from benchmarks.compare_systems import DIAL, System, systems, with_a_line
from benchmarks.compare_turns import lived
from benchmarks.drain_site import DrainSite
from benchmarks.progress import say
from simulator.media.stream import MediaMode

_DRAIN = ("total_s", "idle_gap_p50_ms", "idle_gap_p95_ms")
_LONG = (
    "failed", "out_of_order", "wait_p50_s", "idle_gap_p50_ms", "idle_gap_p95_ms", "idle_gap_p99_ms", "callers_late_s",
)  # fmt: skip
_PEAK = ("answered_share", "failed_share", "in_time_share", "wait_p50_ms", "wait_p95_ms")
"""What the simulator's own lateness may have made."""


def _drain(bounds: Bounds) -> Told:
    waiting, seats = (20, 4) if bounds.quick else (300, 60)
    told = Told(f"drain of {waiting} waiting by {seats} seats, talks of 2 s, silent callers")

    async def serve(site: DrainSite, phones: ComparePhones, told: Told) -> None:
        await phones.log_in(seats)
        phones.by_hand()
        for round_ in range(bounds.turns(3)):
            for system in with_a_line(seats):
                what = f"drain, round {round_ + 1}"
                with told.turn(system, what):
                    phones.begin_turn()
                    drained = await phones.drain(system.drained_number, waiting, seats, MediaMode.NONE)
                    told.add(system, drained.as_dict())
                    told.was_late(system, _DRAIN, phones.turn_late_ms)
                    say(f"{what}: {system.name} took {drained.total_s:.1f} s")

    return at_a_site((seats,), serve, told)


def _long(bounds: Bounds) -> Told:
    how = LongLine(4, 20, 8.0, 4.0) if bounds.quick else LongLine(20, 300, 600.0)
    if bounds.minutes is not None:
        how = LongLine(how.seats, how.waiting, bounds.minutes * 60, how.rate)
    told = Told(
        f"{how.rate:g} calls/s for {how.seconds / 60:g} min with {how.waiting} waiting, {how.seats} seats; "
        "through a menu, in which callers press 1"
    )

    async def serve(site: DrainSite, phones: ComparePhones, told: Told) -> None:
        await phones.log_in(how.seats)
        for round_ in range(bounds.turns(1)):
            for system in with_a_line(how.seats):
                what = f"long, round {round_ + 1}"
                with told.turn(system, what):
                    phones.begin_turn()
                    await lived(LongTurn(phones, site, system, how), told, system, what, site)
                    told.was_late(system, _LONG, phones.turn_late_ms)

    return at_a_site((how.seats,), serve, told)


def _peak(bounds: Bounds) -> Told:
    minutes = bounds.minutes or (0.2 if bounds.quick else 10.0)
    day = peak_day(minutes, bounds.rate or 8.0)
    told = Told(
        f"peak day of {day.of_the_day} calls on {SEATS} seats, {day.faster:.1f} times faster, each hour cut to "
        f"{minutes * 60 / 24:.1f} s, talks of {TALK_S / day.faster:.1f} s: {len(day.guests)} calls in {minutes:g} min"
    )

    async def serve(site: DrainSite, phones: ComparePhones, told: Told) -> None:
        await phones.log_in(SEATS)
        for round_ in range(bounds.turns(1)):
            for system in with_a_line(SEATS):
                what = f"peak, round {round_ + 1}"
                with told.turn(system, what):
                    phones.begin_turn()
                    await lived(PeakTurn(phones, site, system, day), told, system, what, site)
                    told.was_late(system, _PEAK, phones.turn_late_ms)

    return at_a_site((SEATS,), serve, told)


def _memory(bounds: Bounds) -> Told:
    talking, waiting = (4, 20) if bounds.quick else (60, 300)
    told = Told(f"memory: {talking} talk, then {waiting} wait; each system with an Asterisk and engine of its own")
    for round_ in range(bounds.turns(2)):
        for system in systems(talking):

            async def serve(site: DrainSite, phones: ComparePhones, told: Told, system: System = system) -> None:
                await phones.log_in(1 if system.name == DIAL else talking)
                told.add(system, await memory_turn(phones, site, system, talking, waiting))

            what = f"memory, round {round_ + 1}"
            try:
                with told.turn(system, what):
                    at_own_site((talking,), serve, told)
                    say(f"{what}: {system.name} is measured")
            except KeyboardInterrupt:
                told.stopped = True
                return told
    return told


def _soak(bounds: Bounds) -> Told:
    calls, seats = bounds.calls or (100 if bounds.quick else 10_000), 4 if bounds.quick else 30
    told = Told(f"soak: {calls} calls of ours at 10/s, {seats} seats")

    async def serve(site: DrainSite, phones: ComparePhones, told: Told) -> None:
        await phones.log_in(seats)
        ours = systems(seats)[0]
        for round_ in range(bounds.turns(1)):
            what = f"soak, round {round_ + 1}"
            with told.turn(ours, what):
                await lived(SoakTurn(phones, site, ours, calls), told, ours, what, site)
                told.was_late(ours, ("failed",), phones.late_ms)

    return at_a_site((seats,), serve, told)


PARTS: dict[str, Part] = {
    "sustained": Part(
        "highest rate with at most 0.1 % failures, through a menu (bare Dial: none), and CPU per call", sustained,
        (("max_cps", "ratio_least", 0.95), ("cpu_ms_per_call", "ratio_most", 1.15)),
    ),
    "latency": Part(
        "INVITE to the seat's INVITE at 1, 5, 10 and 20 calls/s, without a menu", latency,
        tuple((f"p95_ms_at_{rate:g}", "ratio_most", 1.0) for rate in LATENCY_RATES),
    ),
    "menu": Part(
        "from the key in the menu to the seat's INVITE at 5 and 10 calls/s, CPU per call", menu,
        tuple((f"menu_p95_ms_at_{rate:g}", "ratio_most", 1.0) for rate in MENU_RATES)
        + tuple((f"cpu_ms_per_call_at_{rate:g}", "ratio_most", 1.15) for rate in MENU_RATES),
    ),
    "talks": Part(
        f"CPU per call where people talk for {TALKS_S:g} s, through a menu (bare Dial: none)", talks,
        (("failed", "most", 0), ("cpu_ms_per_call", "ratio_most", 1.15)),
    ),
    "drain": Part(
        "300 waiting are drained by 60 seats", _drain, (("idle_gap_p95_ms", "below_in_every_round", 1.0),)
    ),
    "long": Part(
        "10 calls/s for 10 minutes with 300 waiting, through a menu", _long,
        (("failed", "most", 0), ("out_of_order", "most", 0), ("idle_gap_p95_ms", "below_in_every_round", 1.0)),
    ),
    "peak": Part(
        "the peak day of 16,000 calls on 60 seats, compressed", _peak,
        (("failed_share", "most", 0.001), ("cpu_ms_per_call", "ratio_most", 1.15)),
    ),
    "memory": Part("memory for each waiting and each talking call", _memory),
    "soak": Part("the engine's memory over 10,000 calls", _soak, (("engine_mb_per_1000", "most", FLAT_MB_PER_1000),)),
}  # fmt: skip
"""All parts, by name."""
