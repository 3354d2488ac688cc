"""A call that cannot be sent has ended: nobody waits for it."""

import asyncio

import pytest

from simulator import CallFailed, UserAgent


async def test_a_call_whose_name_cannot_be_written_ends_at_once() -> None:
    async with UserAgent(target=("127.0.0.1", 9)) as agent:
        leg = await agent.call("12345", number="1", from_header='"\udcff" <sip:1@127.0.0.1>')
        with pytest.raises(CallFailed, match="not placed"):
            await leg.wait_answered(5)
        async with asyncio.timeout(1):
            await leg.hang_up()
