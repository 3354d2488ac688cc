"""The book of flows: which flow answers a number, and that a bad file never replaces what is running."""

import pytest
from ivr_flow_texts import GOOD, KNOWN

from calls import Language
from ivr import FlowBook, FlowErrors
from ivr.book import texts_of

SMALL = """\
name: {name}
numbers: [{number}]
start: greet
person: person
prompts:
  hi: {{zh: 您好}}
steps:
  greet: {{do: say, prompt: hi, next: person}}
  person: {{do: queue, queue: general, nobody_staffed: end}}
  end: {{do: hangup}}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "12345.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "water.yaml").write_text(SMALL.format(name="water", number="12350"), encoding="utf-8")
    (tmp_path / "directory.yaml").write_text("no flow", encoding="utf-8")
    (tmp_path / "prompts.yaml").write_text("no flow", encoding="utf-8")
    return tmp_path


def told(book: FlowBook) -> list[str]:
    return [str(mistake) for mistake in book.reload()]


def test_a_number_gets_its_flow_and_every_other_number_the_default_one(folder):
    book = FlowBook(folder, KNOWN)
    book.load()
    assert book.flow_for("12350").name == "water"
    assert book.flow_for("12319").name == "test"  # a second number of the same flow
    assert book.flow_for("").name == "test"
    assert book.flow_for("anything").name == "test"
    assert [flow.name for flow in book.flows] == ["test", "water"]


def test_without_flows_a_number_has_none(folder):
    with pytest.raises(LookupError):
        FlowBook(folder, KNOWN).flow_for("12345")


@pytest.mark.parametrize("bad", ["", "steps: [", "name: x\n", SMALL.format(name="water", number="12345"), "\x00"])
def test_a_bad_file_never_replaces_the_running_flows(folder, bad):
    book = FlowBook(folder, KNOWN)
    book.load()
    running = book.flows
    (folder / "12345.yaml").write_text(GOOD.replace("name: test", "name: newer"), encoding="utf-8")
    (folder / "water.yaml").write_text(bad, encoding="utf-8")
    assert any("water.yaml:" in mistake for mistake in told(book))
    assert book.flows is running
    with pytest.raises(FlowErrors):
        book.load()
    assert book.flows is running


def test_a_mended_file_replaces_the_running_flow_and_calls_keep_the_one_they_came_into(folder):
    book = FlowBook(folder, KNOWN)
    book.load()
    mine = book.flow_for("12350")
    (folder / "water.yaml").write_text(SMALL.format(name="water", number="12351"), encoding="utf-8")
    assert told(book) == []
    assert book.flow_for("12351").name == "water"
    assert book.flow_for("12350").name == "test"
    assert [one.number for one in mine.numbers] == ["12350"]


def test_reading_changes_nothing_until_the_flows_are_used(folder):
    book = FlowBook(folder, KNOWN)
    flows, doubts = book.read()
    assert doubts == []
    assert book.flows == ()
    book.use(flows)
    assert list(book.flows) == flows


def test_mistakes_of_all_files_are_told_together(folder):
    (folder / "12345.yaml").write_text(GOOD.replace("queue: general", "queue: genral"), encoding="utf-8")
    (folder / "water.yaml").write_text("name: [", encoding="utf-8")
    (folder / "directory.yaml").unlink()
    assert [mistake.partition(".yaml:")[0].rpartition("/")[2] for mistake in told(FlowBook(folder, KNOWN))] == [
        "12345", "water",
    ]  # fmt: skip


def test_two_flows_for_one_number_are_told_at_the_second_ones_line(folder):
    (folder / "zz.yaml").write_text(SMALL.format(name="zz", number='"555", 12350'), encoding="utf-8")
    (mistake,) = told(FlowBook(folder, KNOWN))
    assert f"zz.yaml:2:18: numbers.1: '12350' is answered already in {folder / 'water.yaml'}" in mistake


def test_two_flows_of_one_name_are_refused(folder):
    (folder / "zz.yaml").write_text(SMALL.format(name="water", number="555"), encoding="utf-8")
    (mistake,) = told(FlowBook(folder, KNOWN))
    assert "zz.yaml:1:1: name: 'water' is the name of a flow already" in mistake


def test_two_default_flows_are_told_at_the_second_one(folder):
    (folder / "zz.yaml").write_text("default: true\n" + SMALL.format(name="zz", number="555"), encoding="utf-8")
    (mistake,) = told(FlowBook(folder, KNOWN))
    assert "zz.yaml:1:1: default: is true already in" in mistake


def test_no_default_flow_is_told_with_the_files_to_choose_from(folder):
    (folder / "12345.yaml").unlink()
    (mistake,) = told(FlowBook(folder, KNOWN))
    assert "'default: true' in one of" in mistake
    assert "water.yaml" in mistake


def test_an_empty_folder_holds_no_flow(tmp_path):
    (mistake,) = told(FlowBook(tmp_path, KNOWN))
    assert "holds no flow" in mistake


def test_what_an_editor_leaves_behind_is_no_flow(folder):
    (folder / ".#12345.yaml").symlink_to("somebody@desk.4711")
    (folder / "12345.yaml~").write_text("half a flow", encoding="utf-8")
    assert told(FlowBook(folder, KNOWN)) == []


def test_a_file_that_is_called_otherwise_is_doubtful(folder):
    (folder / "housing.yml").write_text("name: x", encoding="utf-8")
    _, doubts = FlowBook(folder, KNOWN).read()
    assert [str(doubt).rpartition("/")[2] for doubt in doubts] == [
        "housing.yml:1:1: is not read (call it housing.yaml if it is a flow)"
    ]


def test_a_folder_called_like_a_flow_is_told(folder):
    (folder / "old.yaml").mkdir()
    assert "old.yaml:1:1: is not a file" in told(FlowBook(folder, KNOWN))[0]


def test_all_texts_are_those_of_all_flows_in_all_their_languages(folder):
    book = FlowBook(folder, KNOWN)
    assert book.all_texts() == []
    book.load()
    assert ("hi", Language.ZH, "您好") in book.all_texts()
    assert ("nine", Language.EN, "Press nine") in book.all_texts()
    assert book.all_texts() == texts_of(book.flows)
    assert len(book.all_texts()) == 10
