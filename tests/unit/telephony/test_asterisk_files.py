"""What is rendered for Asterisk, and the secrets in it: whole, nobody else's to read, and nothing breaks out."""

import json
import re
import stat
from pathlib import Path

import pytest
from cryptography import x509
from pydantic import ValidationError

from telephony.asterisk import AsteriskConfig, DepartmentLine, SeatAccount, load_secrets, own_certificate, render
from telephony.asterisk.render import TEMPLATES


def config(folder: Path, **more: object) -> AsteriskConfig:
    values: dict[str, object] = {
        "run_dir": folder / "asterisk", "modules_dir": folder / "modules", "data_dir": folder / "data",
        "sounds_dir": folder / "sounds", "music_dir": folder / "music", "ami_secret": "the-manager-secret",
        "seats": (SeatAccount(id="1001", secret="secret-of-1001"), SeatAccount(id="1002", secret="secret-of-1002")),
        "departments": (DepartmentLine(key="water", code="02"),),
    }  # fmt: skip
    return AsteriskConfig.model_validate(values | more)


def rendered(folder: Path, **more: object) -> dict[str, str]:
    etc = render(config(folder, **more)).parent
    return {path.name: path.read_text(encoding="utf-8") for path in etc.iterdir()}


def section(text: str, name: str, kind: str) -> dict[str, str]:
    """Return the settings of one section of pjsip.conf, its template's included."""
    found: dict[str, str] = {}
    for head, body in re.findall(r"^(\[[^\]]+\](?:\([^)]*\))?)\n((?:(?!\[).*\n?)*)", text, re.MULTILINE):
        plain = re.sub(r"^[;#].*$", "", body, flags=re.MULTILINE)
        values = dict(re.findall(r"^(\w+) = (.*)$", plain, re.MULTILINE))
        if head == f"[{kind}](!)":
            found = values | found
        elif head in (f"[{name}]({kind})", f"[{name}]") and values.get("type", kind) == kind:
            found |= values
    return found


def test_every_template_becomes_a_file_that_only_its_user_can_read(tmp_path: Path) -> None:
    etc = render(config(tmp_path, external_ip="203.0.113.7", department_trunk="sip:127.0.0.1:5070")).parent
    files = sorted(path.name for path in etc.iterdir())
    assert files == sorted(template.name.removesuffix(".j2") for template in TEMPLATES.glob("*.j2"))
    assert len(files) >= 13
    for path in etc.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        assert "{{" not in path.read_text(encoding="utf-8")
    assert stat.S_IMODE(etc.parent.stat().st_mode) == 0o700


def test_a_second_rendering_replaces_the_first_and_keeps_what_lies_beside(tmp_path: Path) -> None:
    first = rendered(tmp_path)
    (tmp_path / "asterisk" / "etc" / "mine.conf").write_text("kept")
    assert rendered(tmp_path, sip_port=5099) != first
    assert rendered(tmp_path) == first | {"mine.conf": "kept"}


def test_seats_answer_for_themselves_and_the_trunk_only_from_its_addresses(tmp_path: Path) -> None:
    pjsip = rendered(tmp_path, trunk_peers=("192.0.2.7", "198.51.100.0/24"))["pjsip.conf"]
    assert re.search(r"^\[1001\]\(seat-auth\)\nusername = 1001\npassword = secret-of-1001$", pjsip, re.MULTILINE)
    assert re.findall(r"^match = (.*)$", pjsip, re.MULTILINE) == ["192.0.2.7", "198.51.100.0/24"]
    seat = section(pjsip, "1001", "seat")
    assert (seat["context"], seat["auth"], seat["aors"]) == ("seats", "1001", "1001")
    for name, kind in (("1001", "seat"), ("trunk", "endpoint")):
        of = section(pjsip, name, kind)
        assert of["direct_media"] == "no"
        assert [of[key] for key in ("rtp_symmetric", "force_rport", "rewrite_contact")] == ["yes"] * 3
        assert set(of["allow"].split(",")) >= {"alaw", "ulaw"}
        assert of["send_connected_line"] == "no"


def test_phones_are_looked_at_every_five_seconds_unless_told_otherwise(tmp_path: Path) -> None:
    assert section(rendered(tmp_path)["pjsip.conf"], "1001", "seat-aor")["qualify_frequency"] == "5"
    assert section(rendered(tmp_path, check_phones_s=0)["pjsip.conf"], "1001", "seat-aor")["qualify_frequency"] == "0"


def test_it_listens_where_it_is_told_over_udp_and_tcp(tmp_path: Path) -> None:
    pjsip = rendered(tmp_path, bind="192.0.2.1", sip_port=5062)["pjsip.conf"]
    assert pjsip.count("bind = 192.0.2.1:5062\n") == 2
    assert "protocol = udp" in pjsip
    assert "protocol = tcp" in pjsip
    assert "external_" not in pjsip


def test_behind_nat_phones_outside_get_the_outer_address_and_those_inside_the_inner_one(tmp_path: Path) -> None:
    pjsip = rendered(tmp_path, external_ip="203.0.113.7")["pjsip.conf"]
    assert pjsip.count("external_media_address = 203.0.113.7\n") == 2
    assert pjsip.count("local_net = 192.168.0.0/16\n") == 2
    assert "local_net = 192.168.0.0/16" not in rendered(tmp_path, external_ip="192.168.1.5")["pjsip.conf"]


@pytest.mark.parametrize("evil", ["a\nb", "a\rb", "a;b", "a[b", "a]b", 'a"b', "a'b", "a`b", "a\\b", "a|b", "a\0b"])
def test_a_value_that_could_break_out_of_its_place_is_refused(tmp_path: Path, evil: str) -> None:
    for field in ("ami_secret", "ami_user", "bind", "external_ip", "department_trunk"):
        with pytest.raises(ValidationError, match=field):
            config(tmp_path, **{field: evil})
    with pytest.raises(ValidationError):
        config(tmp_path, trunk_peers=(evil,))
    with pytest.raises(ValidationError):
        SeatAccount(id="1001", secret=evil)
    with pytest.raises(ValidationError):
        SeatAccount(id=evil, secret="x")
    with pytest.raises(ValidationError):
        DepartmentLine(key=evil, code="01")


def test_a_setting_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="sipport"):
        config(tmp_path, sipport=5060)


def test_the_manager_is_open_to_this_machine_only(tmp_path: Path) -> None:
    manager = rendered(tmp_path)["manager.conf"]
    assert "bindaddr = 127.0.0.1" in manager
    assert re.findall(r"^permit = (.*)$", manager, re.MULTILINE) == ["127.0.0.1/255.255.255.255"]
    assert "secret = the-manager-secret" in manager


def test_secrets_are_made_anew_for_each_installation_and_stay_what_they_are(tmp_path: Path) -> None:
    seats = ["1001", "1002"]
    one, other = load_secrets(tmp_path / "one" / "s.json", seats), load_secrets(tmp_path / "two" / "s.json", seats)
    made = [one.ami, one.api, *one.seats.values(), other.ami, other.api, *other.seats.values()]
    assert len(set(made)) == len(made) == 8
    assert min(map(len, made)) >= 16
    assert load_secrets(tmp_path / "one" / "s.json", seats) == one
    assert stat.S_IMODE((tmp_path / "one" / "s.json").stat().st_mode) == 0o600


def test_a_seat_more_gets_a_secret_and_those_that_are_there_keep_theirs(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    before = load_secrets(file, ["1001"])
    after = load_secrets(file, ["1001", "1002"])
    assert (after.ami, after.seats["1001"]) == (before.ami, before.seats["1001"])
    assert set(after.seats) == {"1001", "1002"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert load_secrets(file, ["1002"]).seats == after.seats, "a seat that is away for a while keeps its password"


def test_secrets_are_not_shown_where_objects_are(tmp_path: Path) -> None:
    made = load_secrets(tmp_path / "secrets.json", ["1001"])
    assert made.ami not in repr(made)
    assert made.seats["1001"] not in repr(made)
    whole = repr(config(tmp_path))
    assert "the-manager-secret" not in whole
    assert "secret-of-1001" not in whole
    with pytest.raises(ValidationError) as told:
        SeatAccount(id="1001", secret="my;secret")
    assert "secret" in str(told.value)
    assert "my;" not in str(told.value)


@pytest.mark.parametrize("content", ["{", "", "[1, 2]", '"x"', "null"])
def test_a_damaged_file_of_secrets_is_told_and_left_alone(tmp_path: Path, content: str) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(content)
    with pytest.raises(ValueError, match=r"secrets\.json is damaged.*remove it"):
        load_secrets(file, ["1001"])
    assert file.read_text() == content


def test_half_a_file_of_secrets_is_filled_up(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps({"ami": "kept"}))
    made = load_secrets(file, ["1001"])
    assert made.ami == "kept"
    assert made.api
    assert made.seats["1001"]


# -- TLS ------------------------------------------------------------------------------------------------------------


def test_tls_is_there_only_where_it_is_wanted(tmp_path: Path) -> None:
    assert "[tls]" not in rendered(tmp_path)["pjsip.conf"]
    pjsip = rendered(tmp_path, tls_port=5061, tls_certificate="/a/c.pem", tls_key="/a/c.key")["pjsip.conf"]
    assert "protocol = tls\nbind = 127.0.0.1:5061\ncert_file = /a/c.pem\npriv_key_file = /a/c.key\n" in pjsip


def test_the_certificate_is_made_once_for_its_names_and_its_key_is_nobody_else_s(tmp_path: Path) -> None:
    certificate, key = own_certificate(tmp_path / "tls", ["127.0.0.1", "hotline.example"])
    names = x509.load_pem_x509_certificate(certificate.read_bytes()).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert [str(name.value) for name in names.value] == ["127.0.0.1", "hotline.example"]
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    made = certificate.read_bytes(), key.read_bytes()
    assert own_certificate(tmp_path / "tls", ["another.example"]) == (certificate, key)
    assert (certificate.read_bytes(), key.read_bytes()) == made
