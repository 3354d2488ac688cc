"""Whatever sound flow, whatever callers do: the walk ends, at a person, a mailbox or a goodbye, and nothing breaks."""

import asyncio
import json
import logging

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st
from ivr_fake_line import HANG_UP, Visit
from ivr_flow_texts import KNOWN

from calls import CallerHungUp
from ivr import Flow, FlowErrors, Loaded, QueueEnd, TransferEnd, parse_flow
from ivr.outside import LookUpFailed
from ivr.steps import WORDS, Queue, prompts_of, targets

NAMES = [f"s{i}" for i in range(7)]
STEPS = st.sampled_from([*NAMES, *["person", "bye", "note"] * 3])  # more ends, fewer rounds
KEYS = st.sampled_from("0123456789*#")
ASKED = {
    "no_input": st.fixed_dictionaries({"limit": st.integers(1, 3)}, optional={"then": STEPS, "prompt": st.just("p")}),
    "no_match": st.fixed_dictionaries({"limit": st.integers(1, 3)}, optional={"then": STEPS}),
    "barge_in": st.booleans(),
    "short": st.just("p"),
}


def kind(do: str, optional: dict | None = None, **keys: st.SearchStrategy) -> st.SearchStrategy:
    return st.fixed_dictionaries({"do": st.just(do), **keys}, optional=optional or {})


TEXT = {"zh": "一{digits|digits}", "en": "One"}
SAID = st.sampled_from(["p", TEXT])
CHOICES = st.dictionaries(
    st.text(alphabet="0123456789*#", min_size=1, max_size=3),
    st.one_of(STEPS, st.sampled_from(["top", "back", "again", "person"])),
    min_size=1, max_size=5,
)  # fmt: skip
ENTRY = {
    "check": st.sampled_from(["phone", "mobile", "id_card", "date"]), "patterns": st.just(["1*", "??"]),
    "confirm": st.sampled_from([True, False, TEXT]), "secret": st.booleans(),
    "invalid": st.fixed_dictionaries({"limit": st.integers(1, 3)}, optional={"then": STEPS}),
}  # fmt: skip
CONDITION = st.sampled_from([
    "digits == 1", "caller matches '138*' and time > 08:30", "queue.general.wait_s > 5 or queue.general.free == 0",
    "calls_in(7) > 1", "last_ticket == 'answered'", "'a' in tags", "weekday in (sat, sun)", "topic != ''",
])  # fmt: skip
LOOKED_UP = st.sampled_from([{"a": ["x"]}, {}, None, LookUpFailed("down"), RuntimeError("broken")])
HOURS = st.just([{"days": "mon-fri", "from": "08:30", "to": "17:30"}])
A_STEP = st.one_of(
    kind("say", {"also_in": st.just("en"), "service": st.just("x")}, prompt=SAID, next=STEPS),
    kind("say", prompts=st.lists(SAID, min_size=1, max_size=3), next=STEPS),
    kind("menu", ASKED, prompt=SAID, choices=CHOICES),
    kind("collect", ASKED | ENTRY, prompt=st.just("p"), into=st.just("digits"), least=st.integers(1, 3), next=STEPS),
    kind("record", {"most": st.integers(1, 3)}, box=st.just("box"), next=STEPS),
    kind(
        "pin",
        ASKED | {"tries": st.integers(1, 3), "locked": STEPS},
        pin=st.just("staff"),
        prompt=SAID,
        right=STEPS,
        wrong=STEPS,
    ),
    kind("set", values=st.just({"topic": "{caller}-{digits}"}), tags=st.just(["a"]), next=STEPS),
    kind("when", **{"if": CONDITION, "then": STEPS, "else": STEPS}),
    kind(
        "when",
        branches=st.lists(st.fixed_dictionaries({"if": CONDITION, "then": STEPS}), min_size=1, max_size=3),
        **{"else": STEPS},
    ),
    kind(
        "lookup",
        {"music": st.booleans()},
        url=st.just("https://a.example/{digits}"),
        into=st.just({"topic": "a.0"}),
        found=STEPS,
        not_found=STEPS,
        failed=STEPS,
    ),
    kind("call", step=st.sampled_from(["sub", "deeper"]), next=STEPS),
    kind("language", language=st.sampled_from(["zh", "en"]), next=STEPS),
    kind("hours", open=HOURS, when_open=STEPS, when_closed=STEPS),
    kind("queue", {"timeout": STEPS, "full": STEPS, "after": STEPS}, queue=st.just("general"), nobody_staffed=STEPS),
    kind("voicemail", box=st.just("box"), next=STEPS),
    kind("transfer", {"next": STEPS}, department=st.just("tax"), failed=STEPS),
    kind("goto", next=STEPS),
)
LAST = {
    "sub": {"do": "menu", "prompt": "p", "choices": {"1": "returns", "2": "person", "3": "back"}},
    "deeper": {"do": "call", "step": "sub", "next": "returns"},
    "returns": {"do": "return"},
    "digits_once": {"do": "collect", "prompt": "p", "into": "digits", "next": "ticket"},
    "ticket": {"do": "ticket_state", "number": "digits", "found": "bye", "not_found": "note"},
    "person": {"do": "queue", "queue": "general", "nobody_staffed": "note"},
    "noted": {"do": "set", "values": {"topic": "x"}, "next": "bye"},
    "note": {"do": "voicemail", "box": "box", "next": "bye"},
    "bye": {"do": "hangup"},
}


@st.composite
def trees(draw) -> dict:
    """Return a flow that reads well; whether it works is for the checker to say."""
    steps = {name: draw(A_STEP) for name in NAMES}
    return {
        "name": "drawn", "languages": ["zh", "en"], "start": draw(st.sampled_from(NAMES)), "person": "person",
        "prompts": {"p": {"zh": "一", "en": "One"}}, "steps": {**steps, **LAST},
    }  # fmt: skip


def loaded(tree: dict) -> Loaded | FlowErrors:
    try:
        return parse_flow(_yaml(tree), KNOWN)
    except FlowErrors as error:
        return error


def _yaml(tree: dict) -> str:
    """JSON is YAML, and quicker to write."""
    return json.dumps(tree, ensure_ascii=False)


ANSWERS = st.lists(
    st.one_of(st.text(alphabet="0123456789*#", max_size=5), st.just(HANG_UP), st.tuples(st.floats(0, 12), KEYS)),
    max_size=30,
)
ENDS = st.lists(st.sampled_from(list(QueueEnd)), max_size=5)


UNIT = settings(max_examples=70, deadline=None, derandomize=True, database=None)  # the same ones in every run
SOAK = settings(max_examples=3000, deadline=None, database=None)
ANY_WALK = given(
    trees(), ANSWERS, ENDS, st.lists(st.sampled_from(list(TransferEnd)), max_size=5), st.integers(0, 600),
    st.lists(LOOKED_UP, max_size=5),
)  # fmt: skip


def walk_ends(tree, answers, ends, rings, leaves, looked_up):  # noqa: PLR0917 - what is drawn
    result = loaded(tree)
    if isinstance(result, FlowErrors):
        assert all(mistake.line >= 1 and mistake.message and mistake.remedy for mistake in result.mistakes)
        return
    call = Visit(result.flow, *answers)
    call.services.queues.extend(ends)
    call.services.transfers.extend(rings)
    call.services.answers.extend(looked_up)
    call.line.hangs_up_at = call.line.clock.now() + leaves if leaves < 300 else None
    try:
        end = asyncio.run(call.run())
    except CallerHungUp:
        assert leaves < 300 or HANG_UP in answers
        return
    assert len(call.steps) <= 550
    last = result.flow.steps[end.step]
    assert last.do in {"queue", "transfer", "hangup"}, end
    if end.reason == "served":
        assert call.services.asked[-1][0] == "queue"


def idle_walk_ends(tree):
    result = loaded(tree)
    if isinstance(result, FlowErrors):
        return
    call = Visit(result.flow)
    call.services.queues.extend([QueueEnd.NOBODY_STAFFED] * 100)
    call.services.transfers.extend([TransferEnd.UNREACHABLE] * 100)
    end = asyncio.run(call.run())
    assert end.reason == "hangup"
    assert len(call.steps) <= len(result.flow.steps) * 2


def names_hold(tree, data):
    spoilt = data.draw(st.sampled_from(NAMES))
    step = tree["steps"][spoilt]
    key = data.draw(st.sampled_from(sorted(key for key in step if key not in ("do", "barge_in", "service"))))
    tree["steps"][spoilt] = {**step, key: data.draw(st.sampled_from(["s1", "nowhere", "p", "general", "1", 5, None]))}
    result = loaded(tree)
    if isinstance(result, FlowErrors):
        assert all(mistake.line >= 1 and mistake.message for mistake in result.mistakes)
        return
    _names_exist(result.flow)


def test_every_walk_through_every_sound_flow_ends_and_raises_nothing_but_a_hang_up():
    UNIT(ANY_WALK(walk_ends))()


def test_a_caller_who_does_nothing_while_nobody_is_there_comes_to_an_end_soon():
    UNIT(given(trees())(idle_walk_ends))()


def test_a_flow_that_passed_the_checks_has_no_dangling_name():
    UNIT(given(trees(), st.data())(names_hold))()


@pytest.mark.soak
def test_thousands_of_walks_never_seen_before_end_too():
    quiet = structlog.make_filtering_bound_logger(logging.CRITICAL)  # thousands break on purpose
    structlog.configure(wrapper_class=quiet)
    SOAK(ANY_WALK(walk_ends))()
    SOAK(given(trees())(idle_walk_ends))()
    SOAK(given(trees(), st.data())(names_hold))()


def _names_exist(flow: Flow) -> None:
    prompts = set(flow.prompts) | KNOWN.prompts
    assert {flow.start, flow.person, *flow.person_in.values()} <= set(flow.steps)
    for step in flow.steps.values():
        assert set(targets(step).values()) <= set(flow.steps) | WORDS
        assert set(prompts_of(step).values()) <= prompts
        assert not isinstance(step, Queue) or step.queue in KNOWN.queues


def test_flows_are_drawn_of_which_a_good_part_is_sound():
    """The properties above would say nothing if the checker refused everything."""
    sound = {"yes": 0, "no": 0}

    @settings(max_examples=60, deadline=None, derandomize=True, database=None)
    @given(trees())
    def count(tree):
        sound["yes" if isinstance(loaded(tree), Loaded) else "no"] += 1

    count()
    assert min(sound.values()) > 8, sound
