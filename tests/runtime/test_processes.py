import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator

import pytest

from runtime.processes import LINUX, command_line, die_with_parent, end_marked, marked, send
from tests.runtime.tiny import wait_until

SLEEP = "import time; time.sleep(60)"


@pytest.fixture
def mark() -> str:
    return f"mark-{uuid.uuid4().hex}"


@pytest.fixture
def sleeper(mark: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", SLEEP, mark]) as process:
        wait_until(lambda: mark in command_line(process.pid))
        yield process
        process.kill()


def test_processes_are_found_by_a_part_of_their_command_line(sleeper, mark):
    assert [found.pid for found in marked(mark)] == [sleeper.pid]


def test_a_signal_reaches_the_one_meant(sleeper, mark):
    assert send(sleeper.pid, mark, signal.SIGTERM)
    assert sleeper.wait(10) == -signal.SIGTERM


def test_a_stranger_with_a_reused_id_is_left_alone(sleeper):
    assert not send(sleeper.pid, "somebody else's mark", signal.SIGKILL)
    assert sleeper.poll() is None


def test_a_process_that_is_gone_cannot_be_signalled(sleeper, mark):
    sleeper.kill()
    sleeper.wait()
    assert not send(sleeper.pid, mark, signal.SIGTERM)
    assert command_line(sleeper.pid) == ""


def test_everything_marked_is_ended_and_nothing_else(sleeper, mark):
    other = subprocess.Popen([sys.executable, "-c", SLEEP])
    end_marked(mark)
    assert sleeper.wait(10) == -signal.SIGKILL
    assert other.poll() is None
    other.kill()
    other.wait()


@pytest.mark.skipif(not LINUX, reason="the kernel's parent-death signal is Linux's")
def test_a_child_dies_with_a_parent_that_was_killed(mark):
    code = (
        "import subprocess, sys, time, signal\n"
        "from runtime.processes import die_with_parent\n"
        f"child = [sys.executable, '-c', {SLEEP!r}, {mark!r}]\n"
        "subprocess.Popen(child, preexec_fn=die_with_parent(signal.SIGTERM), start_new_session=True)\n"
        "print('started', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        parent.stdout.readline()
        children = marked(f"{SLEEP} {mark}")
        assert children
        parent.kill()
        parent.wait()
    wait_until(lambda: not marked(f"{SLEEP} {mark}"))


def test_arming_leaves_a_child_of_a_living_parent_alone():
    done = subprocess.run(["true"], preexec_fn=die_with_parent(signal.SIGKILL), check=False)
    assert done.returncode == 0
    assert os.getpid()


@pytest.mark.skipif(not LINUX, reason="needs prctl")
def test_a_fork_that_arms_itself_after_its_parent_has_died_dies_too():
    late = (
        "import os, signal, time\n"
        "from runtime.processes import die_with_parent\n"
        "arm, parent = die_with_parent(signal.SIGKILL), os.getpid()\n"
        "if forked := os.fork():\n"
        "    print(forked, flush=True)\n"
        "    os._exit(0)\n"
        "while os.getppid() == parent:\n"
        "    time.sleep(0.01)\n"
        "arm()\n"
        "time.sleep(60)\n"
    )
    said = subprocess.run([sys.executable, "-c", late], stdout=subprocess.PIPE, timeout=30, check=True).stdout
    wait_until(lambda: not command_line(int(said)))
