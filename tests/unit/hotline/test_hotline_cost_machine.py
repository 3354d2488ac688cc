"""Who keeps processors busy while calls run: the simulator's processes, the machine, the engine's loop, the target."""

import os
import socket
import subprocess
import sys
import threading
import time

import psutil
import pytest

from calls import SystemClock
from hotline.cli.cost import Track, Usage
from hotline.cli.cost_machine import MachineMeter, cores_of, holder_of, machine_usage, main_thread_usage
from hotline.cli.cost_over_time import cores_between
from hotline.cli.simulate_target import SipTarget
from simulator.sip.transport import Way

BUSY_S = 0.4


def work(seconds: float = BUSY_S) -> None:
    """Use so much processor time in this thread."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


def worked() -> subprocess.Popen[bytes]:
    """Return a process that has used so much processor time, and ends when it is told to."""
    program = f"import time\nwhile time.process_time() < {BUSY_S}: pass\nprint(flush=True)\ninput()"
    child = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    return child


def test_between_two_moments_of_a_run_each_kept_so_many_cores_busy() -> None:
    track = Track()
    for tenth in range(101):
        track.add(50 + tenth / 10, Usage(3 + tenth * 0.07, 10.0))
    found = cores_between({"asterisk": track, "database": Track()}, 52.0, 1.0, 5.0)
    assert found == {"asterisk": pytest.approx(0.7, abs=0.01), "database": None}


async def test_the_simulator_and_the_machine_are_seen_while_a_run_goes_on() -> None:
    meter = MachineMeter(SystemClock())
    async with meter:
        work()
    simulator, machine = (meter.tracks[name].usages for name in ("simulator", "machine"))
    assert simulator[-1].cpu_s - simulator[0].cpu_s >= 0.9 * BUSY_S
    assert machine[-1].cpu_s - machine[0].cpu_s >= 0.5 * BUSY_S
    assert simulator[-1].rss_mb > 10
    assert set(meter.tracks) == {"simulator", "machine"}


async def test_what_a_process_of_the_simulator_has_used_stays_when_it_has_ended() -> None:
    meter = MachineMeter(SystemClock())
    async with meter:
        child = worked()
        meter.carried_by([child.pid])
        meter._sample()
        before = meter.tracks["simulator"].usages[-1].cpu_s
        child.communicate(b"\n")
        meter._sample()
        after = meter.tracks["simulator"].usages[-1].cpu_s
    assert before >= BUSY_S
    assert after >= before


def test_the_engine_s_loop_is_its_first_thread_alone() -> None:
    before = main_thread_usage(os.getpid())
    other = threading.Thread(target=work)
    other.start()
    other.join()
    between = main_thread_usage(os.getpid())
    work()
    after = main_thread_usage(os.getpid())
    assert before is not None
    assert between is not None
    assert after is not None
    assert between.cpu_s - before.cpu_s < BUSY_S / 2
    assert after.cpu_s - between.cpu_s >= 0.9 * BUSY_S
    assert main_thread_usage(2**22 + 1) is None


def test_the_machine_s_time_never_goes_back() -> None:
    first = machine_usage().cpu_s
    assert machine_usage().cpu_s >= first > 0


def test_a_loop_can_fill_one_core_and_a_process_as_many_as_it_may_use() -> None:
    cores = cores_of({"asterisk": os.getpid(), "engine_loop": os.getpid(), "target": None})
    assert cores == {
        "asterisk": len(os.sched_getaffinity(0)), "engine_loop": 1.0, "machine": float(psutil.cpu_count() or 1),
    }  # fmt: skip


@pytest.mark.parametrize("way", [Way.UDP, Way.TCP])
def test_the_process_that_serves_a_target_on_this_machine_is_found(way: Way) -> None:
    with socket.socket(type=socket.SOCK_STREAM if way.reliable else socket.SOCK_DGRAM) as serving:
        serving.bind(("127.0.0.1", 0))
        if way.reliable:
            serving.listen()
        target = SipTarget("127.0.0.1", serving.getsockname()[1], way)
        assert holder_of(target) == os.getpid()
    assert holder_of(target) is None
