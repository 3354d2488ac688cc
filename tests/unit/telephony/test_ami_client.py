"""The manager client: actions, lists and events, in order and apart."""

import asyncio

import pytest
from ami_scripted import ScriptedAsterisk, Seen, scripted, settings_for
from structlog.testing import capture_logs

from telephony.ami import (
    AmiDisconnected,
    AmiMessage,
    AmiRefused,
    AmiTimeout,
)

Action = dict[str, str]


async def test_it_logs_in_and_gets_answers_and_events():
    async with scripted() as (ami, asterisk):
        seen = Seen(ami)
        assert ami.connected
        assert ami.version == "9.0.0"
        assert (await ami.action("CoreStatus")).success
        asterisk.say("Event: Hangup\nUniqueid: n-1.1\n\n")
        assert [event.event for event in await seen.wait(1)] == ["Hangup"]


async def test_events_arrive_in_order_and_a_subscriber_that_raises_disturbs_nobody():
    async with scripted() as (ami, asterisk):
        calls = 0

        def bad(_: AmiMessage) -> None:
            nonlocal calls
            calls += 1
            raise KeyError("a fault of ours")

        ami.subscribe(bad)
        seen = Seen(ami)
        with capture_logs() as logs:
            for number in range(1000):
                asterisk.say(f"Event: {('Newchannel', 'Hangup')[number % 2]}\nSequence: {number}\n\n")
            events = await seen.wait(1000)
        assert [event.get("Sequence") for event in events] == [str(number) for number in range(1000)]
        assert calls == 1000
        assert {entry["event"] for entry in logs} == {"ami_subscriber_failed"}
        assert asterisk.connections == 1
        assert (await ami.action("CoreStatus")).success


async def test_an_originate_is_always_async_and_its_outcome_is_awaited():
    def answer(action: Action) -> str:
        return (
            f"Response: Success\nActionID: {action['ActionID']}\nMessage: Originate successfully queued\n\n"
            "Event: Newchannel\nUniqueid: n-1.9\n\n"
            f"Event: OriginateResponse\nActionID: {action['ActionID']}\nResponse: Failure\nReason: 5\n\n"
        )

    async with scripted() as (ami, asterisk):
        asterisk.answers["Originate"] = answer
        seen = Seen(ami)
        response = await ami.originate(Channel="PJSIP/1001", Application="Echo", Async=False)
        assert (response.event, response.get("Response"), response.get("Reason")) == (
            "OriginateResponse",
            "Failure",
            "5",
        )
        queued = await ami.action("Originate", Channel="PJSIP/1002", Application="Echo")
        assert queued.get("Message") == "Originate successfully queued"
        assert [action["Async"] for action in asterisk.named("Originate")] == ["true", "true"]
        names = [event.event for event in await seen.wait(3)]
        assert names == ["Newchannel", "Newchannel", "OriginateResponse"]
        assert asterisk.connections == 1


async def test_a_list_is_collected_and_other_events_are_not_mixed_in():
    def answer(action: Action) -> str:
        row = f"Event: CoreShowChannel\nActionID: {action['ActionID']}\nUniqueid: n-1."
        return (
            f"Response: Success\nActionID: {action['ActionID']}\nEventList: start\n\n"
            f"{row}1\n\nEvent: Hangup\nUniqueid: n-1.7\n\n{row}2\n\n"
            f"Event: CoreShowChannelsComplete\nActionID: {action['ActionID']}\nListItems: 2\n\n"
        )

    async with scripted(wanted=frozenset({"Hangup"})) as (ami, asterisk):
        asterisk.answers["CoreShowChannels"] = answer
        seen = Seen(ami)
        rows = await ami.collect("CoreShowChannels", "CoreShowChannelsComplete")
        assert [row.uniqueid for row in rows] == ["n-1.1", "n-1.2"]
        assert [event.event for event in await seen.wait(1)] == ["Hangup"]


async def test_a_refusal_is_an_exception_with_asterisks_own_words():
    async with scripted() as (ami, asterisk):
        asterisk.answers["Redirect"] = lambda a: (
            f"Response: Error\nActionID: {a['ActionID']}\nMessage: No such channel\n\n"
        )
        with pytest.raises(AmiRefused, match="No such channel"):
            await ami.action("Redirect", Channel="PJSIP/gone")
        with pytest.raises(AmiRefused):
            await ami.collect("Redirect", "RedirectComplete")


async def test_an_action_without_answer_times_out_and_its_late_answer_hits_nobody():
    async with scripted() as (ami, asterisk):
        asterisk.silent.add("Status")
        seen = Seen(ami)
        with pytest.raises(AmiTimeout):
            await ami.action("Status", timeout_s=0.02)
        late = asterisk.named("Status")[0]["ActionID"]
        asterisk.say(f"Response: Success\nActionID: {late}\n\nEvent: Status\nActionID: {late}\n\nEvent: Hangup\n\n")
        assert [event.event for event in await seen.wait(1)] == ["Hangup"]
        assert (await ami.action("CoreStatus")).get("ActionID") != late


async def test_line_breaks_in_a_value_never_reach_the_socket():
    async with scripted() as (ami, asterisk):
        with pytest.raises(ValueError, match="contains CR"):
            await ami.action("Setvar", Variable={"NAME": "x\r\n\r\nAction: Command\r\nCommand: core stop now"})
        await ami.action("CoreStatus")
        assert [action["Action"] for action in asterisk.actions] == ["Login", "CoreStatus"]


async def test_pending_actions_fail_at_a_disconnect_and_nothing_is_sent_again():
    async with scripted() as (ami, asterisk):
        asterisk.silent.add("Originate")
        again = asyncio.Event()

        async def note() -> None:
            again.set()

        task = asyncio.create_task(ami.originate(Channel="PJSIP/1001", Application="Echo"))
        while (await asterisk.came.get())["Action"] != "Originate":
            pass
        ami.on_connected.append(note)
        asterisk.hang_up()
        with pytest.raises(AmiDisconnected):
            await task
        await again.wait()
        assert (await ami.action("CoreStatus")).success
        assert asterisk.connections == 2
        assert len(asterisk.named("Originate")) == 1
        assert ami.disconnects == 1


async def test_an_action_without_a_connection_fails_at_once_and_is_not_kept():
    async with scripted(retry_first_s=0.2) as (ami, asterisk):
        gone = asyncio.Event()
        ami.on_disconnected.append(gone.set)
        asterisk.hang_up()
        await gone.wait()
        assert not ami.connected
        with pytest.raises(AmiDisconnected):
            await ami.action("Originate", Channel="PJSIP/1001")
        await ami.connect(5)
        await ami.action("CoreStatus")
        assert asterisk.named("Originate") == []


async def test_the_secret_is_in_no_representation():
    assert "s3cret" not in repr(settings_for(ScriptedAsterisk()))
