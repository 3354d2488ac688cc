"""Digest, and a softphone's registration against a tiny registrar."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from registrar import CHALLENGE, QUICK, Registrar

from simulator import CallFailed, Credentials, RegistrationFailed, Softphone, UserAgent
from simulator.media.engine import MediaEngine
from simulator.sip.digest import Challenge, answer, choose, is_right, parameters_of


@pytest.fixture
async def registrar() -> AsyncIterator[Registrar]:
    media = MediaEngine(ports=(26_400, 26_598))
    async with Registrar(media) as registrar:
        yield registrar
    await media.close()


@pytest.fixture
async def seats(registrar: Registrar) -> AsyncIterator[UserAgent]:
    async with UserAgent(target=registrar.address, media=registrar.media, timers=QUICK) as agent:
        yield agent


async def test_a_phone_registers_and_takes_it_back(registrar: Registrar, seats: UserAgent) -> None:
    phone = Softphone(seats, "1001", "right", expires=120)
    await phone.register()
    assert registrar.bindings == {"1001": 120}
    assert phone.registered
    await phone.unregister()
    assert registrar.bindings == {"1001": 0}
    assert not phone.registered


async def test_a_wrong_secret_is_tried_once_and_refused(registrar: Registrar, seats: UserAgent) -> None:
    phone = Softphone(seats, "1001", "wrong")
    with pytest.raises(RegistrationFailed) as failure:
        await phone.register()
    assert failure.value.status == 401
    assert registrar.bindings == {}


async def test_too_brief_an_interval_is_made_longer(registrar: Registrar, seats: UserAgent) -> None:
    registrar.least = 90
    phone = Softphone(seats, "1001", "right", expires=60)
    await phone.register()
    assert registrar.bindings == {"1001": 90}


async def test_a_registration_is_refreshed(registrar: Registrar, seats: UserAgent) -> None:
    registrar.expires_given = 1
    phone = Softphone(seats, "1001", "right")
    await phone.register()
    async with asyncio.timeout(3):
        while registrar.registers < 2:  # noqa: ASYNC110 - the registrar has no event to wait for
            await asyncio.sleep(0.05)
    await phone.unregister()


@pytest.mark.parametrize("status", [401, 407])
async def test_a_seat_s_invite_answers_a_challenge(registrar: Registrar, seats: UserAgent, status: int) -> None:
    registrar.status = status
    leg = await Softphone(seats, "1001", "right").dial("*11")
    await leg.wait_answered()
    assert [step.line.split()[0] for step in leg.ladder if step.direction == ">"] == ["INVITE", "ACK", "INVITE", "ACK"]
    await leg.hang_up()


async def test_a_seat_with_a_wrong_secret_cannot_call(registrar: Registrar, seats: UserAgent) -> None:
    leg = await Softphone(seats, "1001", "wrong").dial("*11")
    with pytest.raises(CallFailed) as failure:
        await leg.wait_answered()
    assert failure.value.status == 401


def test_the_digest_of_rfc_2617_comes_out() -> None:
    challenge = Challenge("testrealm@host.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093", qop="auth")
    value = answer(challenge, Credentials("Mufasa", "Circle Of Life"), "GET", "/dir/index.html", cnonce="0a4f113b")
    assert parameters_of(value)["response"] == "6629fae49393a05397450978507c4ef1"


def test_a_changed_method_nonce_or_user_is_not_right() -> None:
    value = answer(CHALLENGE, Credentials("1001", "right"), "INVITE", "sip:12345@127.0.0.1")
    assert is_right(value, CHALLENGE, {"1001": "right"}, "INVITE")
    assert not is_right(value, CHALLENGE, {"1001": "right"}, "BYE")
    assert not is_right(value, CHALLENGE, {"1002": "right"}, "INVITE")
    assert not is_right(value, Challenge("hotline", "other", qop="auth"), {"1001": "right"}, "INVITE")


def test_a_challenge_that_nobody_here_can_answer_is_passed_over() -> None:
    offered = ['Digest realm="r", nonce="1", algorithm=SHA-512-256', "Basic realm=x", 'Digest realm="r", nonce="2"']
    chosen = choose(offered)
    assert chosen is not None
    assert chosen.nonce == "2"
    assert choose(offered[:2]) is None
