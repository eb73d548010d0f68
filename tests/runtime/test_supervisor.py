import asyncio
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from runtime.children import FIRST_DELAY, HEALTHY_SECONDS, LONGEST_DELAY, next_delay
from runtime.claim import claim
from runtime.errors import AlreadyRunning, ConfigurationError, ServerFailed
from runtime.processes import LINUX, marked
from tests.runtime.tiny import READY, STAY, stop_us, wait_until

# Writes its name at the end it is asked for.
LAST_WORDS = READY + (
    "def end(*_):\n    open('ended', 'a').write(sys.argv[1].split('-')[0] + ' '); sys.exit(0)\n"
    "signal.signal(signal.SIGTERM, end)\ntell(); time.sleep(60)\n"
)
STUBBORN = READY + "signal.signal(signal.SIGTERM, signal.SIG_IGN)\ntell(); time.sleep(60)\n"
FAILS_ONCE = READY + (
    "if not os.path.exists('failed'):\n    open('failed', 'w'); print('I fail'); sys.exit(3)\ntell(); time.sleep(60)\n"
)


def test_delays_double_up_to_a_limit():
    delays = [next_delay(0.0, 0.0)]
    for _ in range(6):
        delays.append(next_delay(delays[-1], 0.0))
    assert delays == [0.5, 1, 2, 4, 8, 10, 10]


def test_a_healthy_run_earns_a_quick_restart():
    assert next_delay(LONGEST_DELAY, HEALTHY_SECONDS) == FIRST_DELAY
    assert next_delay(LONGEST_DELAY, HEALTHY_SECONDS - 1) == LONGEST_DELAY


def test_everything_starts_becomes_ready_and_stops(bench):
    bench.run(early=[bench.command("web", STAY)], late=[bench.command("worker", STAY)])
    assert bench.last_state
    assert bench.last_state.pid == os.getpid()
    assert [(child.name, child.state) for child in bench.last_state.children] == [
        ("web", "ready"),
        ("worker", "ready"),
    ]
    assert not marked(bench.home.mark)


def test_a_child_that_dies_is_started_again_and_it_is_said(bench):
    terminal = bench.run(late=[bench.command("worker", FAILS_ONCE)])
    assert "worker ended with status 3; restart 1 follows in 0.5 s." in terminal
    assert bench.restarts("worker") == 1
    assert "I fail" in (bench.home.logs / "worker.log").read_text()


def test_a_child_that_is_killed_comes_back_with_another_id(bench):
    pids: list[int] = []

    def kill_then_stop() -> None:
        [first] = marked(f"worker-{bench.home.mark}")
        os.kill(first.pid, signal.SIGKILL)
        wait_until(lambda: marked(f"worker-{bench.home.mark}") not in ([], [first]))
        pids.extend([first.pid, marked(f"worker-{bench.home.mark}")[0].pid])
        stop_us()

    terminal = bench.run(late=[bench.command("worker", STAY)], when_ready=kill_then_stop)
    assert "worker was ended by SIGKILL" in terminal
    assert pids[0] != pids[1]


def test_a_wrong_configuration_stops_everything_with_its_message(bench):
    wrong = READY + "print('GARNER_PORT is no number', file=sys.stderr); sys.exit(78)"
    with pytest.raises(ConfigurationError, match="web cannot run as configured: GARNER_PORT is no number"):
        bench.run(early=[bench.command("web", wrong)], late=[bench.command("worker", STAY)])
    assert not marked(bench.home.mark)


def test_a_child_that_never_starts_is_given_up(bench, monkeypatch):
    monkeypatch.setattr("runtime.children.FIRST_DELAY", 0.01)
    broken = READY + "sys.exit('no such module')"
    with pytest.raises(ServerFailed, match=r"worker ended with status 1 5 times.*no such module"):
        bench.run(late=[bench.command("worker", broken)])


def test_a_preparation_that_fails_stops_everything(bench):
    def fail() -> None:
        raise ConfigurationError("no pgvector")

    with pytest.raises(ConfigurationError, match="no pgvector"):
        bench.run(early=[bench.command("web", STAY)], prepare=fail)
    assert not marked(bench.home.mark)


def test_the_database_is_prepared_after_the_servers_and_before_the_worker(bench):
    seen: list[list[str]] = []

    def look() -> None:
        names = ("web", "postgres", "worker")
        seen.append([name for name in names if marked(f"{name}-{bench.home.mark}")])

    bench.run(
        early=[bench.command("web", STAY)],
        servers=[bench.command("postgres", STAY)],
        late=[bench.command("worker", STAY)],
        prepare=look,
    )
    assert seen == [["web", "postgres"]]


def test_web_stops_first_and_postgres_last(bench):
    bench.run(
        early=[bench.command("web", LAST_WORDS)],
        servers=[bench.command("postgres", LAST_WORDS), bench.command("valkey", LAST_WORDS)],
        late=[bench.command("worker", LAST_WORDS)],
    )
    assert (bench.home.root / "ended").read_text().split() == ["web", "worker", "valkey", "postgres"]


def test_a_child_that_will_not_stop_is_killed_in_time(bench):
    bench.run(late=[bench.command("worker", STUBBORN, patience=0.2)])
    assert not marked(bench.home.mark)


def test_a_second_signal_does_not_wait(bench):
    def stop_twice() -> None:
        stop_us()
        threading.Timer(0.3, stop_us).start()

    began = time.monotonic()
    terminal = bench.run(late=[bench.command("worker", STUBBORN, patience=25.0)], when_ready=stop_twice)
    assert "Stopping at once." in terminal
    assert time.monotonic() - began < 10


def test_a_stop_during_the_wait_for_a_restart_is_quick(bench, monkeypatch):
    monkeypatch.setattr("runtime.children.FIRST_DELAY", 20.0)

    def kill_then_stop() -> None:
        os.kill(marked(f"worker-{bench.home.mark}")[0].pid, signal.SIGKILL)
        time.sleep(0.3)
        stop_us()

    began = time.monotonic()
    bench.run(late=[bench.command("worker", STAY)], when_ready=kill_then_stop)
    assert time.monotonic() - began < 10


def test_what_a_killed_run_has_left_is_ended_first(bench):
    program = bench.command("worker", STAY)
    left_over = subprocess.Popen([sys.executable, "-c", STAY, f"worker-{bench.home.mark}"])
    stranger = subprocess.Popen([sys.executable, "-c", STAY, "worker-of-somebody-else"])
    bench.run(late=[program])
    assert left_over.wait(5) == -signal.SIGKILL
    assert stranger.poll() is None or stranger.returncode != -signal.SIGKILL
    stranger.kill()
    stranger.wait()


def test_a_second_up_on_one_home_is_refused_with_the_first_ones_id(bench):
    lock = claim(bench.home)
    with pytest.raises(AlreadyRunning, match=f"process {os.getpid()}.*manage.py down"):
        claim(bench.home)
    lock.close()
    claim(bench.home).close()


@pytest.mark.skipif(not LINUX, reason="the kernel's parent-death signal is Linux's")
def test_no_child_outlives_a_supervisor_that_was_killed(bench):
    code = (
        "import sys; from pathlib import Path; from tests.runtime.tiny import *\n"
        "bench = Bench(Home(Path(sys.argv[1])))\n"
        "bench.run(late=[bench.command('worker', STAY)], when_ready=lambda: print('ready', flush=True))\n"
    )
    arguments = [sys.executable, "-c", code, str(bench.home.root)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as supervisor:
        assert supervisor.stdout
        assert supervisor.stdout.readline() == b"ready\n"
        assert marked(f"worker-{bench.home.mark}")
        supervisor.kill()
    wait_until(lambda: not marked(f"worker-{bench.home.mark}"))


def test_the_supervisor_leaves_no_loop_behind(bench):
    bench.run(late=[bench.command("worker", STAY)])
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()
