"""What holds after every operation of the router, stated once and checked in tests."""

from acd.offers import OfferBook
from acd.staff import Seated, Staff
from acd.waiting import Entry, WaitingLines


def broken_invariants(lines: WaitingLines, staff: Staff, offers: OfferBook, *, held: bool) -> list[str]:
    """Return every broken invariant in words; empty when all is well."""
    broken = _broken_offers(lines, staff, offers)
    return broken if held else broken + _unmatched(lines, staff)


def _broken_offers(lines: WaitingLines, staff: Staff, book: OfferBook) -> list[str]:
    """One offer at most for a caller and for an agent; its caller waits; its agent is on duty, skilled and taken."""
    broken = []
    offers = book.open()
    for offer in offers:
        entry, seated = lines.get(offer.call), staff.get(offer.agent)
        if entry is None or entry.in_line:
            broken.append(f"{offer}: its caller is gone or still in line")
        if seated is None or seated.available:
            broken.append(f"{offer}: its agent is off duty or still available")
        elif entry is not None and (entry.offered_in is None or offer.agent not in entry.offered_in.on_duty):
            broken.append(f"{offer}: its agent has not the skills")
    for what, ids in (("caller", [o.call for o in offers]), ("agent", [o.agent for o in offers])):
        if len(set(ids)) != len(ids):
            broken.append(f"a {what} has two offers")
    offered = {offer.call for offer in offers}
    broken += [
        f"{entry.caller.call} is neither in line nor offered"
        for entry in lines.all()
        if not entry.in_line and entry.caller.call not in offered
    ]
    return broken


def _unmatched(lines: WaitingLines, staff: Staff) -> list[str]:
    """Nobody waits in line while an agent who may serve is free."""
    return [
        f"{entry.caller.call} waits though {seated.agent} is free"
        for seated in staff.all()
        if seated.available
        for entry in lines.all()
        if entry.in_line and seated.agent not in entry.avoid and _may_serve(seated, entry)
    ]


def _may_serve(seated: Seated, entry: Entry) -> bool:
    need = entry.need_class.need
    return need.only in (None, seated.agent) and need.satisfied_by(seated.profile.skills)
