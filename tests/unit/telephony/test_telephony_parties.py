"""Who is meant when a party is dropped: by any of its names, else who is being rung, else who joined last."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.identity import Address
from calls.targets import Kind, Target, Way
from telephony.parties import NobodySuchError, Third, the_one


def _third(kind: Kind, key: str, *numbers: str, there: bool = True) -> Third:
    ways = tuple(Way(Address(f"PJSIP/{number}"), number) for number in numbers)
    return Third(Target(kind, key, ways), channel=f"PJSIP/{key}" if there else "")


WATER = _third(Kind.DEPARTMENT, "water", "66010002", "1009")
FUND = _third(Kind.DEPARTMENT, "fund", "66010001", there=False)
COLLEAGUE = _third(Kind.AGENT, "2002", "1002")
ALL = [WATER, FUND, COLLEAGUE]


@pytest.mark.parametrize(
    ("whom", "third"),
    [
        ("department:water", WATER), ("66010002", WATER), ("1009", WATER), ("department:fund", FUND),
        ("agent:2002", COLLEAGUE), ("1002", COLLEAGUE),
    ],
)  # fmt: skip
def test_a_party_is_meant_by_its_name_and_by_each_number_at_which_it_is_rung(whom: str, third: Third) -> None:
    assert the_one(ALL, frozenset({whom})) is third


@pytest.mark.parametrize(("thirds", "last"), [(ALL, FUND), ([WATER, COLLEAGUE], COLLEAGUE), ([WATER], WATER)])
def test_without_a_name_it_is_who_is_being_rung_else_who_joined_last(thirds: list[Third], last: Third) -> None:
    assert the_one(thirds, frozenset()) is last


def test_of_an_unknown_name_it_is_told_who_is_there() -> None:
    with pytest.raises(NobodySuchError) as refused:
        the_one(ALL, frozenset({"department:tax"}))
    assert str(refused.value) == (
        "nobody of that name was brought in; "
        "there are: department:water (66010002); department:fund (66010001), being rung; agent:2002 (1002)"
    )
    with pytest.raises(NobodySuchError, match="nobody else is there"):
        the_one([], frozenset({"department:water"}))


def test_a_number_that_means_two_drops_nobody() -> None:
    one, other = _third(Kind.AGENT, "1005", "1001"), _third(Kind.AGENT, "2001", "1005")
    with pytest.raises(NobodySuchError, match=r"more than one; there are: agent:1005 \(1001\); agent:2001 \(1005\)"):
        the_one([one, other], frozenset({"1005", "agent:1005"}))


@given(st.permutations(ALL), st.sets(st.sampled_from(["department:water", "66010001", "1002", "nobody"])))
def test_whoever_is_dropped_was_there_and_is_of_that_name(thirds: list[Third], whom: set[str]) -> None:
    meant = {third.party for third in thirds if third.names & whom}
    try:
        found = the_one(thirds, whom)
    except NobodySuchError:
        assert whom and len(meant) != 1
    else:
        assert found in thirds
        assert not whom or meant == {found.party}
