"""What may be written after --target, and what is told about the rest."""

from pathlib import Path

import pytest

from hotline.cli.simulate_target import SipTarget, sip_target, trust_of
from simulator import Trust, Way
from telephony.asterisk.certificate import own_certificate


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("sip:127.0.0.1:5070", SipTarget("127.0.0.1", 5070)),
        ("sip:1001@localhost", SipTarget("localhost", 5060)),
        ("sip:[::1]:5070;transport=TCP", SipTarget("::1", 5070, Way.TCP)),
        ("sip:localhost;transport=tls", SipTarget("localhost", 5061, Way.TLS)),
        ("sips:localhost", SipTarget("localhost", 5061, Way.TLS)),
        ("sips:localhost;transport=tcp", SipTarget("localhost", 5061, Way.TLS)),
        ("sip:localhost:5060;lr;transport=udp", SipTarget("localhost", 5060)),
    ],
)
def test_addresses_are_read(text: str, target: SipTarget) -> None:
    assert sip_target(text) == target


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("127.0.0.1:5060", "write sip:"),
        ("sip:", "write sip:"),
        ("sip:localhost:70000", "write sip:"),
        ("sip:localhost;transport=ws", "transport=ws is not spoken: udp, tcp, tls are"),
        ("sips:localhost;transport=udp", "sips: is never sent by UDP"),
    ],
)
def test_what_is_wrong_is_told_with_a_remedy(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        sip_target(text)


def test_options_about_certificates_are_for_tls_only_and_not_both(tmp_path: Path) -> None:
    secured, plain = sip_target("sips:localhost"), sip_target("sip:localhost;transport=tcp")
    ca, _ = own_certificate(tmp_path, ["localhost"])
    assert trust_of(secured, ca, insecure=False) == Trust(ca)
    assert trust_of(plain, None, insecure=False) == Trust()
    with pytest.raises(ValueError, match="--ca is for TLS"):
        trust_of(plain, ca, insecure=False)
    with pytest.raises(ValueError, match="--insecure is for TLS"):
        trust_of(plain, None, insecure=True)
    with pytest.raises(ValueError, match="choose"):
        trust_of(secured, ca, insecure=True)


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_a_file_without_a_certificate_is_told_before_anybody_is_called(tmp_path: Path, text: str | None) -> None:
    ca = tmp_path / "ca.pem"
    if text is not None:
        ca.write_text(text)
    with pytest.raises(ValueError, match=r"--ca: .*ca\.pem holds no certificate that can be used"):
        trust_of(sip_target("sips:localhost"), ca, insecure=False)
