"""Emergency closures: what they close, how they end, and that they outlive the service."""

from calls import ManualClock
from ivr.closures import Closure, Closures


def test_everything_is_closed_until_it_is_opened_again(tmp_path):
    clock = ManualClock(1000.0)
    closures = Closures(tmp_path / "closures.json", clock)
    assert closures.closing("12345", "12345") is None
    closures.close(Closure(1000.0, by="root", prompt="flood"))
    found = closures.closing("12345", "12345")
    assert found is not None
    assert (found.prompt, found.by) == ("flood", "root")
    clock.advance(10_000_000)
    assert closures.closing("other", "1") is not None
    assert [one.what for one in closures.reopen(by="root")] == ["everything"]
    assert closures.closing("12345", "12345") is None
    assert closures.reopen() == []


def test_one_number_or_one_flow_is_closed_alone_and_the_narrowest_is_what_callers_hear(tmp_path):
    closures = Closures(tmp_path / "closures.json", ManualClock(1000.0))
    closures.close(Closure(1000.0, number="12319", prompt="number"))
    closures.close(Closure(1000.0, flow="water", prompt="flow"))
    assert closures.closing("12345", "12345") is None
    assert closures.closing("12345", "12319").prompt == "number"
    assert closures.closing("water", "96116").prompt == "flow"
    closures.close(Closure(1000.0, prompt="all"))
    assert closures.closing("12345", "12345").prompt == "all"
    assert closures.closing("water", "96116").prompt == "flow"
    assert [one.what for one in closures.reopen(number="12319")] == ["number 12319"]
    assert len(closures.in_force()) == 2
    assert len(closures.reopen()) == 2


def test_a_closure_ends_by_itself(tmp_path):
    clock = ManualClock(1000.0)
    closures = Closures(tmp_path / "closures.json", clock)
    closures.close(Closure(1000.0, until=1060.0))
    clock.advance(59.9)
    assert closures.closing("f", "1") is not None
    clock.advance(0.1)
    assert closures.closing("f", "1") is None
    assert closures.in_force() == []


def test_the_next_service_finds_what_was_closed(tmp_path):
    clock = ManualClock(1000.0)
    closures = Closures(tmp_path / "state" / "closures.json", clock)
    closures.close(Closure(1000.0, until=2000.0, flow="water", by="seat 1001"))
    assert Closures(tmp_path / "state" / "closures.json", clock).in_force() == closures.in_force()
    closures.reopen()
    assert Closures(tmp_path / "state" / "closures.json", clock).in_force() == []


def test_a_file_that_cannot_be_read_is_put_aside_and_closes_nothing(tmp_path):
    path = tmp_path / "closures.json"
    path.write_text("{half")
    assert Closures(path, ManualClock()).in_force() == []
    assert (tmp_path / "closures.json.broken").read_text() == "{half"
    path.write_text('{"closures": [{"odd": 1}, {"since": 1.0}]}')
    assert [one.what for one in Closures(path, ManualClock()).in_force()] == ["everything"]
