"""What callers enter in secret is in no file, no log and no answer of any command."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conftest import Phones, Site

    from simulator import CallLeg

ROOT = Path(__file__).resolve().parents[2]
_CARD, _PIN, _WRONG_PIN, _TOO_SHORT = "73915048", "86420975", "19283746", "7391504"
_NUMBER = "13847500001"
_FLOW = """
numbers: ["12475"]
languages: [zh]
start: card
person: person
prompts:
  card: {zh: 请输入卡号。}
  pin: {zh: 请输入密码。}
  thanks: {zh: 谢谢。}
steps:
  card: {do: collect, prompt: card, into: card, secret: true, least: 8, most: 8, confirm: true, next: copied}
  copied: {do: set, values: {copy: "nr {card}", shown: "{dialled}"}, next: asked}
  asked:
    do: lookup
    url: http://127.0.0.1:PORT/accounts/{card}/bill
    send: {also: "{copy}"}
    into: {amount: bill.total}
    timeout_s: 1
    found: told
    not_found: told
    failed: told
  told: {do: say, text: {zh: "卡号{card|digits}，就是{card|number}。"}, next: pin}
  pin: {do: pin, pin: vault, prompt: pin, right: decided, wrong: end}
  decided: {do: when, if: "card matches '7391*'", then: person, else: end}
  person: {do: queue, queue: general, nobody_staffed: end}
  end: {do: hangup, prompt: thanks}
"""


def _told(site: "Site", kind: str) -> list[dict[str, Any]]:
    """What was journalled of a kind, in order."""
    with sqlite3.connect(f"file:{site.state / 'hotline.db'}?mode=ro", uri=True) as connection:
        rows = connection.execute("select data from journal where kind = ? order by id", (kind,)).fetchall()
    return [json.loads(row[0]) for row in rows]


async def _enters(site: "Site", caller: "CallLeg", digits: str) -> None:
    """Enter something, and wait until the flow has made up its mind about it."""
    before = len(_told(site, "DigitsEntered"))
    await caller.send_digits(digits)
    await site.eventually(lambda: len(_told(site, "DigitsEntered")) > before, 20)


def _files_with(site: "Site", secret: str) -> list[str]:
    """Files of the installation in which a secret stands, but for those that keep it by its nature."""
    kept = {"pins", "secrets.json"}
    files = [path for path in site.state.rglob("*") if path.is_file() and path.name not in kept]
    files += [path for path in (ROOT / "var" / "prompts").rglob("*") if path.is_file()]
    return [str(path) for path in files if secret.encode() in path.read_bytes() or secret in path.name]


async def test_secret_digits_are_in_no_file_no_log_and_no_answer(site: "Site", phones: "Phones") -> None:
    hotline = str(Path(sys.executable).with_name("hotline"))
    set_pin = [hotline, "pin", "set", "vault", "--stdin"]
    made = subprocess.run(set_pin, input=_PIN, text=True, cwd=ROOT, env=site.environment, check=False)  # noqa: ASYNC221
    assert made.returncode == 0
    await site.add_flow("secret", _FLOW.replace("PORT", str(site.ports["other_system"])))
    agent = await phones.seat("1001", "2001")
    caller = await phones.call(_NUMBER, to="12475")
    await site.reaches(_NUMBER, "card")
    await _enters(site, caller, _TOO_SHORT + "#")  # wrong entries are noted, too
    await _enters(site, caller, _CARD)
    await caller.send_digits("1")
    await site.reaches(_NUMBER, "pin")
    await _enters(site, caller, _WRONG_PIN + "#")
    await caller.send_digits(_PIN + "#")
    await caller.hear_tone(agent.tone, 20)
    await caller.hang_up()
    call = await site.recorded_call_of(_NUMBER)
    noted = {key: value for entry in call.timeline if entry.kind == "ValuesSet"
             for key, value in entry.data["values"].items()}  # fmt: skip
    assert noted == {"shown": "12475"}  # what is made of a secret is one
    told = [await site.hotline("calls", call.id), await site.hotline("calls"), await site.hotline("tickets"),
            await site.hotline("flow", "funnel"), site.log()]  # fmt: skip
    for secret in (_CARD, _TOO_SHORT, _PIN, _WRONG_PIN):
        assert not _files_with(site, secret), secret
        assert secret not in json.dumps(told, ensure_ascii=False), secret
    logs = [*site.state.rglob("*.log"), *(site.state / "asterisk").rglob("messages*")]
    assert len(logs) >= 2
    assert not [path.name for path in logs if "DTMF" in path.read_text(errors="replace")]  # one digit a line, maybe
