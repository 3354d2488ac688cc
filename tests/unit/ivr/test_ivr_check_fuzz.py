"""Spoilt flows through `hotline flow check`'s own function: right or told with a place, never a fault, never a hang."""

import faulthandler
import random
import time
from pathlib import Path

import pytest
from ivr_flow_texts import DIALPLANS
from ivr_spoiling import WORDS, spoilt

from hotline.flow_files import FlowFiles, Report

FLOWS = [p.read_bytes() for p in sorted(DIALPLANS.glob("*.yaml")) if p.name not in ("directory.yaml", "prompts.yaml")]
SHORT = [min(FLOWS, key=len)]  # drawn more often: the whole city takes long to read
ENCODINGS = ("utf-16", "utf-16-le", "gb18030", "utf-8-sig", "utf-32", "big5")
SLOWEST_S = 20.0  # of one file, on a machine that is shared; ordinary ones take a tenth of a second
HANGS_AFTER_S = 120.0


def made(seed: int) -> bytes:  # noqa: PLR0911 - one case a way to spoil
    """Return a spoilt flow: some of them bombs, absurdly large, or in another encoding."""
    chance = random.Random(seed)
    text = spoilt(chance.choice([*FLOWS, *SHORT * 6]), seed)
    match chance.randrange(12):
        case 0:
            return text.decode("utf-8", "replace").encode(chance.choice(ENCODINGS), "replace")
        case 1:
            return text + b"\nbomb: &a [x, x]\n" + b"".join(b"b%d: &b%d [*a, *a]\n" % (i, i) for i in range(9))
        case 2:
            at = chance.randrange(len(text))
            return text[:at] + chance.choice([b"[", b"{", b"- ", b"? ", b"a: "]) * chance.choice([30, 3000]) + text[at:]
        case 3:
            return text.replace(b"\n", chance.choice([b"\r\n", b"\r", b"\n\n", b"\n\t"]))
        case 4:
            word = chance.choice(WORDS).encode("utf-8", "surrogatepass")
            return text.replace(chance.choice([b"person", b"prompt", b"do", b"menu", b"1"]), word)
        case 5:
            return text * chance.choice([2, 20])
    return text


@pytest.fixture(scope="module")
def files() -> FlowFiles:
    """Return what looks at files; it has read the directory once for all."""
    return FlowFiles(DIALPLANS / "directory.yaml")


def looked_at(files: FlowFiles, folder: Path, seed: int) -> bool:
    """Check one spoilt flow; return whether it may be used."""
    files.report = Report()
    flow = folder / "12345.yaml"
    flow.write_bytes(made(seed))
    faulthandler.dump_traceback_later(HANGS_AFTER_S, exit=True)
    began = time.monotonic()
    try:
        report = files.check([flow])
    except Exception as error:  # the seed is what a person needs to look at it
        raise AssertionError(f"seed {seed}: {error!r}") from error
    finally:
        faulthandler.cancel_dump_traceback_later()
    assert time.monotonic() - began < SLOWEST_S, f"seed {seed}"
    assert report.ok == (len(report.loaded) == 1), f"seed {seed}"
    for mistake in [*report.errors, *report.warnings]:
        assert mistake.file == str(flow)
        assert mistake.line >= 1
        assert mistake.column >= 1
        assert mistake.message
    return report.ok


def test_spoilt_flows_are_right_or_told(files: FlowFiles, tmp_path: Path) -> None:
    assert {looked_at(files, tmp_path, seed) for seed in range(120)} == {True, False}


@pytest.mark.soak
@pytest.mark.parametrize("part", range(20))
def test_ten_thousand_spoilt_flows_are_right_or_told(files: FlowFiles, tmp_path: Path, part: int) -> None:
    assert {looked_at(files, tmp_path, 1000 + seed) for seed in range(part * 500, part * 500 + 500)} == {True, False}
