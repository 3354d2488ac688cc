"""The phones that the comparison is measured with do not stand still themselves."""

import gc
from unittest.mock import MagicMock
from weakref import ref

from benchmarks.compare_phones import ComparePhones


class _Call:
    """Who refers to itself, as a call that is over does."""

    def __init__(self) -> None:
        self.self = self


async def test_the_phones_look_for_rubbish_between_turns_only() -> None:
    async with ComparePhones(MagicMock(sip=("127.0.0.1", 5060))) as phones:
        assert not gc.isenabled()
        left = ref(_Call())
        assert left() is not None
        phones.begin_turn()
        assert left() is None
    assert gc.isenabled()
