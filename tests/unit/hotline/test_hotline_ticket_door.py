"""Whom a ticket's state is told: its own telephone, and who knows the last digits; nobody can try them out."""

import pytest

from calls import ManualClock
from hotline.ticket_door import TicketDoor
from ivr import TicketAnswer, TicketEnd
from tickets import TicketRecord

OWNER, OTHER = "13900005678", "13800000001"
ASK, UNKNOWN, LOCKED = (TicketAnswer(end) for end in (TicketEnd.ASK, TicketEnd.UNKNOWN, TicketEnd.LOCKED))
TOLD = TicketAnswer(TicketEnd.TOLD, "accepted")


class Tickets:
    """A store with one ticket."""

    def __init__(self, phone: str = OWNER) -> None:
        self.one = TicketRecord(
            number="2611240001", kind="enquiry", state="accepted", caller=phone, caller_name="", call_id=None,
            subject="", queue="", agent="", language="zh", created_at=0, updated_at=0,
        )  # fmt: skip

    async def ticket_record(self, number: str) -> TicketRecord | None:
        return self.one if number == self.one.number else None


def door(phone: str = OWNER, clock: ManualClock | None = None) -> TicketDoor:
    return TicketDoor(Tickets(phone), clock or ManualClock(1_000_000.0))  # type: ignore[arg-type]


@pytest.mark.parametrize("caller", [OWNER, "+8613900005678", "008613900005678", "013900005678"])
async def test_the_telephone_for_which_it_was_made_is_told_however_its_number_is_written(caller: str) -> None:
    assert await door().state("2611240001", caller, None) == TOLD


@pytest.mark.parametrize(("number", "caller"), [("2611240001", OTHER), ("2611240001", ""), ("2611249999", OWNER)])
async def test_others_are_asked_whether_there_is_such_a_ticket_or_not(number: str, caller: str) -> None:
    assert await door().state(number, caller, None) == ASK


async def test_a_hidden_number_is_not_that_of_a_ticket_made_for_a_hidden_number() -> None:
    assert await door(phone="").state("2611240001", "", None) == ASK
    for digits in ("", "0000"):
        assert await door(phone="").state("2611240001", "", digits) == UNKNOWN


async def test_the_last_digits_open_and_wrong_ones_tell_nothing() -> None:
    it = door()
    assert await it.state("2611240001", OTHER, "5678") == TOLD
    assert await it.state("2611240001", OTHER, "5679") == UNKNOWN
    assert await it.state("2611249999", OTHER, "5678") == UNKNOWN


async def test_one_telephone_has_six_tries_in_half_an_hour_over_all_tickets() -> None:
    clock = ManualClock(1_000_000.0)
    it = door(clock=clock)
    for i in range(6):
        assert await it.state(f"261124000{i}", OTHER, "0000") == UNKNOWN
    assert await it.state("2611240001", OTHER, "5678") == LOCKED
    assert await it.state("2611240001", "13700000000", "5678") == TOLD
    clock.advance(1801)
    assert await it.state("2611240001", OTHER, "5678") == TOLD


@pytest.mark.parametrize("number", ["2611240001", "2611249999"])
async def test_many_telephones_have_ten_tries_at_one_ticket_be_it_there_or_not(number: str) -> None:
    it = door()
    for i in range(10):
        assert await it.state(number, f"1370000000{i}", "0000") == UNKNOWN
    assert await it.state(number, "13600000000", "5678") == LOCKED
    assert await it.state("2611240001", OWNER, None) == TOLD
