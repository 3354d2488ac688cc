"""What ``hotline check`` doubts though it works."""

import shutil
from pathlib import Path

import pytest

from agents.loader import parse_directory
from hotline.checks import asked_of_queues, check_and_doubt, unserved
from hotline.settings import Settings
from ivr import Flow

ROOT = Path(__file__).parents[3]

DIRECTORY = """\
skills: {general: {zh: 综合}, housing: {zh: 住房}}
queues:
  general: {zh: 综合, needs: {general: 1}}
  housing: {zh: 住房, needs: "housing >= 4"RELAX}
people:
  2001: {name: 甲, skills: {general: 3, housing: 2}}
"""


@pytest.mark.parametrize(("relax", "doubted"), [("", True), (", relax: [{after_s: 20, lower: {housing: 2}}]", False)])
def test_a_queue_that_nobody_listed_could_ever_serve_is_doubted(relax: str, doubted: bool) -> None:
    told = unserved(parse_directory(DIRECTORY.replace("RELAX", relax), "d.yaml"), "d.yaml")
    assert told == (["d.yaml: queues.housing: nobody listed under 'people' has what it needs: housing >= 4"] * doubted)


def test_a_relaxation_without_effect_is_doubted_unless_a_flow_asks_for_the_skill(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "dialplans", tmp_path / "dialplans")
    settings = Settings(files={"dialplans": tmp_path / "dialplans"})  # type: ignore[arg-type]
    file = settings.directory_file
    needs = "needs: {social_insurance: 2, lang.zh: 3}"
    written = file.read_text()
    line = written[: written.index(needs)].count("\n") + 2
    file.write_text(written.replace(needs, f"{needs}\n    relax: [{{after_s: 9, lower: {{housing: 1, lang.zh: 2}}}}]"))
    mistakes, doubts = check_and_doubt(settings)
    assert mistakes == []
    [doubt] = [doubt for doubt in doubts if "relax" in doubt]
    assert doubt.startswith(f"{file}:{line}: queues.social_insurance.relax.0.lower.housing: 'lower' has no effect")
    flow = Flow.model_validate(
        {
            "name": "f", "start": "person", "person": "person", "numbers": [{"number": "12319", "skills": {"tax": 2}}],
            "steps": {
                "person": {"do": "queue", "queue": "general", "skills": {"housing": 4}, "nobody_staffed": "end"},
                "end": {"do": "hangup"},
            },
        }
    )  # fmt: skip
    assert asked_of_queues([flow]) == {"general": {"housing": 4, "tax": 2, "lang.en": 1}}
