"""A queue may let a neighbour queue's people serve, too, by that queue's name."""

import pytest

from agents.differences import differences
from agents.loader import DirectoryError, parse_directory
from agents.queues import Queue
from calls.skills import parse
from hotline.queue_plans import plan_of

TEXT = """\
skills: {general: {zh: 综合}, housing: {zh: 住房}, lang.zh: {zh: 普通话}}
queues:
  housing:
    zh: 住房
    needs: {housing: 2}
    relax:
      - {after_s: 20, lower: {housing: 1}}
      - {after_s: 90, add: queue:general}
  general:
    zh: 综合
    needs: {general: 3, lang.zh: 2}
    relax: [{after_s: 60, needs: general}]
  reserve: {zh: 后备, needs: general and not housing, relax: [{after_s: 30, add: "queue:housing"}]}
people:
  2001: {name: 甲, skills: {general: 3, lang.zh: 5}}
"""


def queues(text: str = TEXT) -> dict[str, Queue]:
    return parse_directory(text, "d.yaml").queues


def test_after_so_much_waiting_whoever_the_neighbour_asks_for_at_first_serves_too() -> None:
    [first, last] = plan_of(queues()["housing"]).stages
    assert first.need.hard == parse("housing >= 1")
    assert (last.after_s, last.need.hard) == (90, parse("housing >= 1 or (general >= 3 and lang.zh >= 2)"))


def test_of_a_neighbour_that_has_neighbours_only_its_own_first_need_counts() -> None:
    [stage] = plan_of(queues()["reserve"]).stages
    assert stage.need.hard == parse("(general and not housing) or housing >= 2")


def test_an_edit_of_the_neighbours_need_is_followed_and_shown_at_both_queues() -> None:
    old, new = (
        parse_directory(text, "d.yaml")
        for text in (TEXT, TEXT.replace("{general: 3, lang.zh: 2}", "{general: 4, lang.zh: 2}"))
    )
    assert plan_of(new.queues["housing"]).stages[-1].need.hard == parse(
        "housing >= 1 or (general >= 4 and lang.zh >= 2)"
    )
    assert [line.partition(":")[0] for line in differences(old, new)] == ["queue housing", "queue general"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("queue:genral", "there is no queue 'genral' (did you mean 'general'?)"),
        ("queue:x", "there is no queue 'x' (there are: housing, general, reserve)"),
        ('"queue: "', "there is no queue ''"),
        ("queue:housing", "callers are in this queue already (name another queue)"),
        ("que:general", "write 'queue:<key>' for another queue's people"),
    ],
)
def test_a_neighbour_that_cannot_be_is_told_with_its_line_and_a_remedy(wrong: str, words: str) -> None:
    with pytest.raises(DirectoryError) as told:
        queues(TEXT.replace("add: queue:general", f"add: {wrong}"))
    [mistake] = told.value.mistakes
    assert str(mistake).startswith("d.yaml:8: queues.housing.relax.1.add: ")
    assert words in str(mistake)


def test_a_mistake_in_the_neighbours_own_need_is_told_once_and_there() -> None:
    with pytest.raises(DirectoryError) as told:
        queues(TEXT.replace("{general: 3, lang.zh: 2}", "{genral: 3}"))
    assert [mistake.key for mistake in told.value.mistakes] == ["queues.general.needs.genral"]


def test_a_name_with_a_space_behind_the_colon_is_read_as_meant() -> None:
    spaced = queues(TEXT.replace("add: queue:general", 'add: "queue: general"'))
    assert spaced["housing"] == queues()["housing"]
