"""A walk through a flow: every kind of step, keys that always work, faults, hang-ups; a person is the last exit."""

import pytest
from ivr_fake_line import HANG_UP, SOUND_S, Visit
from ivr_flow_texts import GOOD, KNOWN

from calls import CallerHungUp, Language, LineFault
from ivr import FlowEnd, QueueEnd, QueueRequest, TransferEnd, parse_flow

FLOW = parse_flow(GOOD, KNOWN).flow
OPEN = 1795399200.0  # 2026-11-23 10:00 in Shanghai, a Monday
NIGHT = OPEN + 12 * 3600
NESTED = parse_flow(
    """\
name: nested
start: top
person: person
prompts: {a: {zh: 一}, b: {zh: 二}, c: {zh: 三}, s: {zh: 短}}
steps:
  top: {do: menu, prompt: a, short: s, choices: {1: middle}}
  middle: {do: menu, prompt: b, choices: {1: leaf, 2: number, 0: leaf}}
  leaf: {do: say, prompt: c, service: leaf, next: middle}
  number: {do: collect, prompt: c, into: pin, secret: true, next: middle}
  person: {do: queue, queue: general, nobody_staffed: bye}
  bye: {do: hangup}
""",
    KNOWN,
).flow


def visit(*answers, flow=FLOW, at: float = OPEN) -> Visit:
    return Visit(flow, *answers, at=at)


# -- each kind of step ----------------------------------------------------------------------------------------------


async def test_a_caller_who_presses_1_gets_a_person_and_a_goodbye():
    call = visit("1")
    assert await call.run() == FlowEnd("person", "served")
    assert call.steps == ["open", "welcome", "person"]
    assert call.services.asked == [("queue", QueueRequest("general", {"housing": 2}, 0))]
    assert call.line.heard[-1] == "zh/goodbye"


async def test_hours_lead_another_way_while_closed():
    call = visit(at=NIGHT)
    assert await call.run() == FlowEnd("end", "hangup")
    assert call.steps == ["open", "message", "end"]
    assert call.line.heard == ["zh/voicemail_intro", "zh/message_saved", "zh/goodbye"]
    [(box, message)] = call.services.messages
    assert (box, message.duration_s) == ("night", call.services.message_s + 5)  # and 5 s of silence end it


async def test_an_information_is_delivered_and_leads_on():
    call = visit("2", "1")
    await call.run()
    assert call.steps == ["open", "welcome", "info", "welcome", "person"]
    assert [event.service for event in call.events("ServiceDelivered")] == ["info"]


async def test_a_language_sets_prompts_skill_and_person():
    call = visit("9", "0")
    await call.run()
    assert call.line.call.language is Language.EN
    assert "en/hello" in call.line.heard
    assert call.services.asked == [("queue", QueueRequest("english", {"lang.en": 1}, 0))]
    assert [event.language for event in call.events("LanguageChosen")] == ["en"]


async def test_a_tickets_state_is_told_by_its_number():
    call = visit("3", "1234#", "1")
    call.services.tickets["1234"] = "answered"
    await call.run()
    assert "zh/ticket_found=1234=承办单位已答复" in call.line.heard
    assert [event.service for event in call.events("ServiceDelivered")] == ["ticket_state"]
    assert call.line.call.variables == {"ticket": "1234"}


@pytest.mark.parametrize("there", [True, False])
async def test_another_telephone_is_asked_for_the_last_digits_and_learns_nothing_without_them(there: bool):
    call = visit("3", "1234#", "0001", "4444", "1")
    call.services.ticket_phone = "13900005678"
    call.services.tickets = {"1234": "answered"} if there else {}
    await call.run()
    heard = [name for name in call.line.heard if "ticket" in name or "match" in name]
    assert heard == ["zh/ticket_phone", "zh/no_match", "zh/ticket_phone", "zh/ticket_not_found"]
    assert call.events("ServiceDelivered") == []


async def test_who_knows_the_last_digits_hears_the_state_and_the_digits_are_in_no_record():
    call = visit("3", "1234#", "5678", "1")
    call.services.ticket_phone = "13900005678"
    call.services.tickets["1234"] = "answered"
    await call.run()
    assert "zh/ticket_found=1234=承办单位已答复" in call.line.heard
    assert "5678" not in str(call.timeline.events)
    assert call.line.call.variables == {"ticket": "1234"}


@pytest.mark.parametrize(("answer", "reached"), [("0", "person"), ("*", "welcome"), ("", "welcome"), ("12", "welcome")])
async def test_who_does_not_answer_with_digits_goes_on(answer: str, reached: str):
    call = visit("3", "1234#", answer, answer, answer, "1")
    await call.run()
    after = call.steps[call.steps.index("state") + 1]
    assert after == reached


async def test_too_many_wrong_digits_are_told_so():
    call = visit("3", "1234#", "5678", "1")
    call.services.locked = True
    await call.run()
    assert "zh/ticket_locked" in call.line.heard


async def test_a_transfer_that_is_over_ends_the_call_and_one_that_fails_leads_on():
    call = visit("4")
    assert await call.run() == FlowEnd("water", "transferred")
    assert call.services.asked_for("transfer") == ["water"]
    for failed in (TransferEnd.BUSY, TransferEnd.NO_ANSWER, TransferEnd.UNREACHABLE, TransferEnd.CLOSED):
        call = visit("4")
        call.services.transfers.append(failed)
        assert await call.run() == FlowEnd("person", "served")
        assert f"zh/{failed.prompt}" in call.line.heard


async def test_a_goto_goes_on_elsewhere():
    call = visit("5", "1")
    await call.run()
    assert call.steps == ["open", "welcome", "round", "welcome", "person"]


@pytest.mark.parametrize("ended", [QueueEnd.NOBODY_STAFFED, QueueEnd.TIMEOUT, QueueEnd.FULL])
async def test_a_queue_that_does_not_serve_leads_to_its_other_way_out(ended):
    call = visit("1")
    call.services.queues.append(ended)
    assert await call.run() == FlowEnd("end", "hangup")
    assert call.steps[-2:] == ["message", "end"]


@pytest.mark.parametrize(
    ("ended", "step"), [(QueueEnd.TIMEOUT, "info"), (QueueEnd.FULL, "round"), (QueueEnd.SERVED, "english")]
)
async def test_a_queue_may_have_a_way_of_its_own_for_each_end(ended, step):
    text = GOOD.replace("skills: {housing: 2}", "timeout: info, full: round, after: english, prompt: info, priority: 7")
    call = visit("1", HANG_UP, flow=parse_flow(text, KNOWN).flow)
    call.services.queues.append(ended)
    with pytest.raises(CallerHungUp):
        await call.run()
    assert call.steps[3] == step
    assert call.services.asked_for("queue")[0].priority == 7
    assert "zh/info" in call.line.heard


# -- keys that always work ------------------------------------------------------------------------------------------


async def test_star_goes_back_menu_by_menu_and_says_the_short_prompt():
    call = visit("1", "2", "*#", "*", "1", "1", flow=NESTED)
    call.line.hangs_up_at = OPEN + 3600
    call.line.answers.append(HANG_UP)
    with pytest.raises(CallerHungUp):
        await call.run()
    assert call.steps == ["top", "middle", "number", "middle", "top", "middle", "leaf", "middle"]
    assert call.line.heard.count("zh/s") == 1


async def test_star_in_the_first_menu_says_it_once_more():
    call = visit("*", "1", HANG_UP, flow=NESTED)
    with pytest.raises(CallerHungUp):
        await call.run()
    assert call.steps == ["top", "middle"]
    assert call.line.heard[:2] == ["zh/a", "zh/a"]


async def test_star_while_something_is_said_goes_back_and_it_counts_as_not_delivered():
    call = visit("1", "1", HANG_UP, flow=NESTED)
    call.line.during = {"zh/c": "*"}
    with pytest.raises(CallerHungUp):
        await call.run()
    assert call.steps == ["top", "middle", "leaf", "middle"]
    assert call.events("ServiceDelivered") == []


async def test_hash_says_it_again_in_menus_among_digits_and_while_something_is_said():
    call = visit("#", "1", "2", "#", "5#", "1", HANG_UP, flow=NESTED)
    with pytest.raises(CallerHungUp):
        await call.run()
    assert call.line.heard[:5] == ["zh/a", "zh/a", "zh/b", "zh/c", "zh/c"]
    again = visit("1", "1", HANG_UP, flow=NESTED)
    again.line.during = {"zh/c": "#"}
    with pytest.raises(CallerHungUp):
        await again.run()
    assert again.line.heard[2:5] == ["zh/c…", "zh/c", "zh/b"]
    assert [event.service for event in again.events("ServiceDelivered")] == ["leaf"]


async def test_who_asks_to_hear_an_information_again_has_heard_it():
    call = visit("1", "1", HANG_UP, flow=NESTED)
    keys = iter("#*")
    call.line.press_in = lambda name: next(keys, "") if name == "zh/c" else ""
    with pytest.raises(CallerHungUp):
        await call.run()
    assert call.line.heard[2:5] == ["zh/c…", "zh/c…", "zh/b"]
    assert [event.service for event in call.events("ServiceDelivered")] == ["leaf"]


async def test_0_gets_a_person_from_everywhere_unless_the_menu_says_otherwise():
    for answers in (["0"], ["1", "2", "0#"]):
        call = visit(*answers, flow=NESTED)
        assert (await call.run()).reason == "served"
    said = visit("1", "1", flow=NESTED)
    said.line.during = {"zh/c": "0"}
    assert (await said.run()).reason == "served"
    otherwise = visit("1", "0", HANG_UP, flow=NESTED)
    with pytest.raises(CallerHungUp):
        await otherwise.run()
    assert otherwise.steps[2] == "leaf"


@pytest.mark.parametrize("key", ["#", "*"])
async def test_a_key_that_is_stuck_gets_a_person(key):
    call = visit(*[key] * 500, flow=NESTED)
    assert await call.run() == FlowEnd("person", "served")
    assert len(call.line.wanted) < 50
    inside = visit("1", "2", *["#"] * 500, flow=NESTED)
    assert await inside.run() == FlowEnd("person", "served")


async def test_a_caller_who_goes_round_and_round_gets_a_person_in_the_end():
    call = visit(*["2"] * 2000)
    assert await call.run() == FlowEnd("person", "too_long")
    assert call.services.asked_for("queue") == [QueueRequest("general", {"housing": 2}, 0)]


async def test_the_person_after_too_many_steps_may_be_some_steps_away():
    text = GOOD.replace("person: person\n", "person: round\n", 1).replace(
        "round: {do: goto, next: welcome}", "round: {do: say, prompt: info, next: person}"
    )
    call = visit(*["2"] * 2000, flow=parse_flow(text, KNOWN).flow)
    assert (await call.run()).reason == "too_long"
    assert len(call.services.asked_for("queue")) == 1


# -- silence, wrong keys --------------------------------------------------------------------------------------------


async def test_a_caller_who_presses_nothing_or_only_wrong_keys_gets_a_person():
    for answers, verdict in (([], "no_input"), (["7"] * 9, "no_match")):
        call = visit(*answers, flow=NESTED)
        assert await call.run() == FlowEnd("person", "served")
        assert [event.verdict for event in call.events("DigitsEntered")] == [verdict] * 3


async def test_the_timeline_tells_everything_that_was_pressed_and_hides_what_is_secret():
    call = visit("1", "2", "4711#", "9", "8", "7", flow=NESTED)
    await call.run()
    assert [(event.step, event.digits, event.verdict) for event in call.events("DigitsEntered")] == [
        ("top", "1", "match"), ("middle", "2", "match"), ("number", "••••", "match"), ("middle", "9", "no_match"),
        ("middle", "8", "no_match"), ("middle", "7", "no_match"),
    ]  # fmt: skip
    assert call.line.call.variables == {"pin": "4711"}


# -- taken over -----------------------------------------------------------------------------------------------------


async def test_a_call_taken_over_goes_on_where_it_stood_and_from_the_start_when_that_step_is_gone():
    call = visit("1")
    await call.run("welcome")
    assert call.steps == ["welcome", "person"]
    gone = visit("1")
    await gone.run("step_of_last_week")
    assert gone.steps[0] == "open"


def test_the_step_behind_one_that_is_done_is_its_only_way_out():
    assert FLOW.behind("message") == "end"
    assert FLOW.behind("welcome") is None
    assert FLOW.behind("step_of_last_week") is None


# -- faults ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [RuntimeError("store is down"), LineFault("no"), TimeoutError()])
@pytest.mark.parametrize("service", ["ticket_state", "transfer", "draft"])
async def test_a_service_that_fails_is_told_to_the_caller_who_gets_a_person(service, fault):
    answers = {"ticket_state": ["3", "1234#"], "transfer": ["4"], "draft": []}[service]
    call = visit(*answers, at=NIGHT if service == "draft" else OPEN)
    call.services.broken[service] = fault
    assert await call.run() == FlowEnd("person", "served")
    assert "zh/fault" in call.line.heard


async def test_a_prompt_that_cannot_be_played_leads_to_a_person_even_when_no_prompt_can():
    call = visit("2")
    call.line.broken = {"zh/info", "zh/fault"}
    assert await call.run() == FlowEnd("person", "served")


async def test_what_cannot_be_said_on_the_way_to_a_person_is_left_out():
    text = GOOD.replace("person: person\n", "person: before\n", 1) + "  before: {do: say, prompt: info, next: person}\n"
    call = visit("0", flow=parse_flow(text, KNOWN).flow)
    call.line.broken = {"zh/info"}
    assert await call.run() == FlowEnd("person", "served")


async def test_when_not_even_a_person_can_be_asked_for_the_fault_is_the_receptions():
    call = visit("1")
    call.services.broken["queue"] = RuntimeError("router is down")
    with pytest.raises(LineFault, match="person"):
        await call.run()
    assert len(call.services.asked) == 1
    other = visit("3", "1234#")
    other.services.broken = {"queue": RuntimeError("a"), "ticket_state": RuntimeError("b")}
    with pytest.raises(LineFault, match="person"):
        await other.run()


# -- hang-ups -------------------------------------------------------------------------------------------------------


async def test_a_hang_up_at_any_second_ends_the_walk_at_once_and_nothing_is_done_behind_it():
    whole = visit("2", "3", "1234#", "4", "1")
    whole.services.transfers.append(TransferEnd.BUSY)
    await whole.run()
    length = whole.line.clock.now() - OPEN
    assert length > 10
    for tenth in range(int(length * 10)):
        call = visit("2", "3", "1234#", "4", "1")
        call.services.transfers.append(TransferEnd.BUSY)
        call.line.hangs_up_at = OPEN + tenth / 10
        with pytest.raises(CallerHungUp):
            await call.run()
        assert call.line.clock.now() <= OPEN + tenth / 10 + 1e-6
        assert whole.steps[: len(call.steps)] == call.steps
        assert whole.services.asked[: len(call.services.asked)] == call.services.asked


async def test_a_hang_up_while_told_of_a_fault_is_a_hang_up():
    call = visit("4")
    call.services.broken["transfer"] = RuntimeError("x")
    call.line.during = {"zh/fault": HANG_UP}
    with pytest.raises(CallerHungUp):
        await call.run()
    assert call.services.asked_for("queue") == []
    assert call.line.clock.now() >= OPEN + SOUND_S
