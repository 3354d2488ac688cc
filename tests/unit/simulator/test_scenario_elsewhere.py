"""Scenarios against targets that are not this machine's hotline: who ask who calls, or are on another address."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from registrar import Registrar

from simulator import Behaviour, Reaction, Softphone, UserAgent, constant
from simulator.media.engine import MediaEngine
from simulator.scenario import Scenario, Went, run_scenario
from simulator.scenario.reading import Read
from simulator.sip.transport import own_address_towards
from simulator.telling.report import report_of


@pytest.fixture
async def registrar() -> AsyncIterator[Registrar]:
    media = MediaEngine(ports=(26_400, 26_598))
    async with Registrar(media) as registrar:
        yield registrar
    await media.close()


@pytest.mark.parametrize("status", [401, 407], ids=["the server asks", "a proxy asks"])
async def test_callers_with_an_account_are_let_in_and_others_are_not(registrar: Registrar, status: int) -> None:
    registrar.status = status
    steps: list[dict[str, Any]] = [{"mute": True}, {"wait": 0.2}, {"hang_up": True}]
    callers = {
        "known": {"steps": steps, "account": {"user": "1001", "password": "right"}},
        "forgot_it": {"steps": steps, "account": {"user": "1001", "password": "wrong"}},
        "stranger": {"steps": steps},
    }
    scenario = Scenario.model_validate({
        "name": "s", "number": "9", "calls": 18, "seed": 3, "callers": callers,
        "arrivals": {"kind": "constant", "rate": 20},
    })  # fmt: skip
    run = await run_scenario(Read(scenario, Path()), {}, target=registrar.address, rtp_ports=(24_000, 24_798))
    report = report_of(run)
    kinds = report["kinds"]
    assert kinds["known"]["done"] == kinds["known"]["placed"] > 0, kinds["known"]["reasons"]
    assert kinds["known"]["sip"]["codes"] == {"200": kinds["known"]["placed"]}, "a challenge is no answer"
    for name in ("forgot_it", "stranger"):
        assert kinds[name]["failed"] == kinds[name]["placed"] > 0
        assert set(kinds[name]["sip"]["codes"]) == {str(status)}
    ladder = next(record.ladders[0] for record in run.records if record.went is Went.DONE)
    sent = [step.line.split()[0] for step in ladder if step.direction == ">"]
    assert sent == ["INVITE", "ACK", "INVITE", "ACK", "BYE"]


@pytest.fixture
def own_address() -> str:
    try:
        address = own_address_towards(("192.0.2.1", 9))
    except OSError:
        pytest.skip("this machine has no address but loopback")
    return address


async def test_a_target_on_another_address_is_called_from_the_address_by_which_it_is_reached(
    own_address: str, tmp_path: Path
) -> None:
    """The address is one of this machine's, so nothing leaves it."""
    (tmp_path / "s.yaml").write_text(
        'name: s\nnumber: "1001"\ncalls: 1\ncallers: {a: {steps: [{hear: 500}, {wait: 0.5}, {hang_up: true}]}}\n',
        "utf-8",
    )
    media = MediaEngine(own_address, (26_400, 26_598))
    async with UserAgent(own_address, media=media, allow_remote=True) as exchange:
        phone = Softphone(exchange, "1001", "x", tone=500, behaviour=Behaviour(Reaction.ANSWER, constant(0.0)))
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("hotline")), "simulate", str(tmp_path / "s.yaml"),
            "--target", f"sip:{own_address}:{exchange.address[1]}", "--allow-remote",
            "--json", str(tmp_path / "r.json"),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        out, _ = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0, out.decode()
        leg = phone.calls.get_nowait()
    await media.close()
    assert leg.session.invite is not None
    assert leg.session.invite.contact[0].uri.host == own_address
    assert leg.stream.remote is not None
    assert leg.stream.remote[0] == own_address
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["done"] == 1


def test_the_own_address_is_found_without_a_packet() -> None:
    assert own_address_towards(("127.0.0.1", 5060)) == "127.0.0.1"
    assert own_address_towards(("localhost", 5060)) == "127.0.0.1"
    with pytest.raises(OSError, match=r"."):
        own_address_towards(("no-such-host.invalid", 5060))
