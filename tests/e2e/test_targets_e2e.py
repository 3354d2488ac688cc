"""`hotline simulate --target` over TCP and TLS against a real Asterisk, with accounts, as for servers of others."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from telephony.asterisk import own_certificate

if TYPE_CHECKING:
    from conftest import Site

SCENARIO = """name: elsewhere
calls: 3
arrivals: {kind: constant, rate: 2}
callers:
  plain:
    steps: [{hear: sound}, {press: "1"}, {hear: agent, within: 30, of: [staff]}, {talk: 1}, {hang_up: true}]
    limits: {failed: 0, one_way: 0, misrouted: 0}
agents:
  staff: {count: 2, accounts: seats.csv, answers_after: 0.3}
limits: {doubled: 0}
"""
SEATS = {"1050": "2030", "1052": "2031"}


async def simulated(site: "Site", folder: Path, target: str, *more: str) -> tuple[int, str]:
    """Run it as people do; return the exit code and what was said on standard error."""
    rows = [f"{seat},{site.secrets['seats'][seat]},{agent},{site.pins[agent]}" for seat, agent in SEATS.items()]
    (folder / "seats.csv").write_text("\n".join(["account,secret,agent,pin", *rows]), encoding="utf-8")
    (folder / "elsewhere.yaml").write_text(SCENARIO, encoding="utf-8")
    return await site.simulates(folder / "elsewhere.yaml", folder / "r.json", "--target", target, *more)


@pytest.mark.parametrize("way", [pytest.param("tcp", marks=pytest.mark.soak), "tls"])
async def test_callers_and_agents_talk_over_one_connection_each(site: "Site", tmp_path: Path, way: str) -> None:
    target = (
        f"sip:127.0.0.1:{site.ports['sip']};transport=tcp" if way == "tcp" else f"sips:127.0.0.1:{site.ports['tls']}"
    )
    trust = ("--ca", str(site.state / "tls" / "hotline.pem")) if way == "tls" else ()
    code, errors = await simulated(site, tmp_path, target, *trust)
    assert code == 0, errors
    report = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert report["kinds"]["plain"]["done"] == report["placed"] == 3, report["reasons"]
    assert report["agents"]["taken"] == {"staff": 3}
    assert report["sip"]["codes"] == {"200": 3}
    assert report["agents"]["faults"] == []
    assert report["target"].endswith(f";transport={way}")
    await site.eventually(lambda: site.channels() == 0)
    await site.eventually(lambda: all(row["state"] == "logged_out" for row in site.api("agents")), 20)


async def test_a_certificate_that_nobody_vouches_for_is_refused_before_a_call(site: "Site", tmp_path: Path) -> None:
    target = f"sips:127.0.0.1:{site.ports['tls']}"
    another = own_certificate(tmp_path / "another", ["127.0.0.1"])[0]
    for trust in ((), ("--ca", str(another))):
        code, errors = await simulated(site, tmp_path, target, *trust)
        assert code == 3
        assert "certificate is not trusted" in errors
        assert "--insecure" in errors
        assert "Traceback" not in errors
        assert not (tmp_path / "r.json").exists()
    code, errors = await simulated(site, tmp_path, target, "--insecure")
    assert code == 0, errors
    await site.eventually(lambda: all(row["state"] == "logged_out" for row in site.api("agents")), 20)
