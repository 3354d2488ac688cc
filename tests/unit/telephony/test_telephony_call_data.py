"""What two hotlines tell each other: nothing that a stranger says can break out, or be more than it should."""

from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st
from test_asterisk_files import rendered

from calls.passing import CallData
from telephony import call_data


def test_the_headers_of_the_dialplan_are_those_of_the_code(tmp_path) -> None:
    text = rendered(tmp_path)["extensions.conf"]
    steps = text.partition("[hotline-data]\n")[2].partition("\n[")[0]
    for name, _ in call_data.variables(CallData("h", "1", "t", "s")):
        assert f"${{{name.removeprefix('_')}}}" in steps
    for header in call_data.HEADERS.values():
        assert f"PJSIP_HEADER(add,{header})" in steps
    assert steps.splitlines()[0].startswith("exten => s,1,")


@given(st.text(max_size=200))
def test_whatever_a_subject_holds_goes_out_as_plain_letters(text: str) -> None:
    printable = text.encode("utf-8", "replace").decode()
    for _, value in call_data.variables(CallData(subject=printable)):
        assert value.isascii()
        assert not set(value) & set('\r\n",:;?${}()[]\\ |&<>')


async def _read(values: dict[str, str]) -> CallData:
    async def get(expression: str) -> str:
        return next((value for header, value in values.items() if header in expression), "")

    return await call_data.read(get)


async def test_what_goes_out_comes_in_there() -> None:
    sent = CallData("12345政务热线", "13812345678", "2611270001", "燃气 泄漏")
    values = {
        header: quoted
        for header, (_, quoted) in zip(call_data.HEADERS.values(), call_data.variables(sent), strict=True)
    }
    assert await _read(values) == sent
    assert not await _read({})


async def test_what_comes_in_is_cleaned_and_bounded() -> None:
    data = await _read({
        "X-Hotline-Caller": "138 1234-5678<script>" + "9" * 50,
        "X-Hotline-Ticket": "26'; drop table tickets; --" + "x" * 100,
        "X-Hotline-Subject": quote("城管\r\nAction: Originate\x00") + quote("很" * 200),
        "X-Hotline-From": "%FF%FE" * 400,
    })  # fmt: skip
    assert data.caller == "13812345678" + "9" * 9
    assert data.ticket == ("26droptabletickets--" + "x" * 100)[:40]
    assert data.subject.startswith("城管 Action: Originate")
    assert len(data.subject) == 40
    assert all(character.isprintable() for character in data.subject)
    assert len(data.hotline) <= 40
