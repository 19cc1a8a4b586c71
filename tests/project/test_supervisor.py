from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest

from integrations_project.supervisor.child import HEALTHY_SECONDS, Child
from integrations_project.supervisor.cluster_settings import cluster_options
from integrations_project.supervisor.members import list_members
from integrations_project.supervisor.web import Address, find_port_problem


def sleep_long():
    time.sleep(60)


def wait_for(condition, seconds=5.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def make_child():
    children = []

    def make(target=sleep_long):
        children.append(Child("test", target))
        return children[-1]

    yield make
    for child in children:
        child.kill()
        wait_for(lambda each=child: each.process_id is None or each.poll(now=0))


# Child


def test_child_leads_its_own_session(make_child):
    child = make_child()
    assert child.start(now=0)
    wait_for(lambda: os.getsid(child.process_id) == child.process_id)


def test_running_child_is_not_started_again(make_child):
    child = make_child()
    child.start(now=0)
    assert not child.start(now=1)


def test_child_ends_when_asked(make_child):
    child = make_child()
    child.start(now=0)
    wait_for(lambda: os.getsid(child.process_id) == child.process_id)
    child.stop(now=1)
    wait_for(lambda: child.poll(now=1))
    assert child.process_id is None


def test_child_that_will_not_end_is_killed(make_child):
    reader, writer = os.pipe()

    def ignore_everything():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.write(writer, b"!")
        sleep_long()

    child = make_child(ignore_everything)
    child.start(now=0)
    os.read(reader, 1)
    child.stop(now=1, grace_seconds=8)
    time.sleep(0.1)
    assert not child.poll(now=8.9)
    wait_for(lambda: child.poll(now=9))
    for each in (reader, writer):
        os.close(each)


def find_pause(child, now):
    """Let the child end by itself and return how long it has to wait after that."""
    wait_for(lambda: child.poll(now=now))
    return next(pause for pause in range(60) if child.start(now=now + pause))


def test_pauses_grow_and_begin_anew(make_child):
    child = make_child(lambda: None)
    child.start(now=0)
    pauses = [find_pause(child, now=child.started_at) for _ in range(6)]
    assert pauses == [1, 1, 2, 4, 8, 8]
    assert find_pause(child, now=child.started_at + HEALTHY_SECONDS) == 0


def test_exit_code_of_a_failure_is_one(make_child, caplog):
    def fail():
        raise RuntimeError

    child = make_child(fail)
    child.start(now=0)
    with caplog.at_level("INFO", "integrations_project.supervisor.child"):
        wait_for(lambda: child.poll(now=0))
    assert "code=1" in caplog.text


# members

TREE = """
import os, time
if os.fork():
    if os.fork():
        time.sleep(60)
    os._exit(0)
os.fork() or os.fork()
time.sleep(60)
"""


def test_members_are_the_living_descendants():
    # A child with a child and a grandchild, and one that has ended unnoticed.
    root = subprocess.Popen([sys.executable, "-c", TREE])
    try:
        wait_for(lambda: len(psutil.Process(root.pid).children(recursive=True)) == 4)
        wait_for(lambda: len(list_members(root.pid, generations=3)) == 3)
        assert len(list_members(root.pid)) == 2
    finally:
        for each in psutil.Process(root.pid).children(recursive=True):
            each.kill()
        root.kill()
        root.wait()


def test_process_that_is_gone_has_no_members():
    assert list_members(2**22 + 1) == set()


# lifeline

PARENT = """
import os, sys, time
from integrations_project.supervisor import lifeline
{how}
child = os.fork()
if not child:
    grandchild = os.fork()
    if grandchild:
        print(os.getpid(), grandchild, flush=True)
    time.sleep(60)
time.sleep(60)
"""
IN_THE_KERNEL = "lifeline.tie_children()"
BY_A_THREAD = "lifeline._libc = None; lifeline.LOOK_SECONDS = 0.05\n" + IN_THE_KERNEL


@pytest.mark.parametrize("how", [IN_THE_KERNEL, BY_A_THREAD])
def test_nothing_outlives_its_parent(how):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT.format(how=how)], stdout=subprocess.PIPE
    )
    with parent:
        ids = [int(word) for word in parent.stdout.readline().split()]
        assert all(map(psutil.pid_exists, ids))
        parent.kill()
        parent.wait()
        wait_for(lambda: not any(is_alive(each) for each in ids))


def is_alive(process_id):
    try:
        return psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


# clusters and ports


def test_cluster_has_its_own_options():
    assert cluster_options("default")["workers"] == 1
    assert cluster_options("deliveries")["workers"] == 2
    assert cluster_options("deliveries")["timeout"] == 60


def test_free_port_is_no_problem(free_address):
    assert find_port_problem(free_address, patience_seconds=0) == ""


def test_taken_port_is_named(free_address):
    # The web server shares its port like this, so a plain look would not notice.
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind((free_address.host, free_address.port))
        other.listen()
        problem = find_port_problem(free_address, patience_seconds=0)
    assert problem.startswith(f"Port {free_address.port} on 127.0.0.1 is taken")


def test_foreign_address_is_named():
    problem = find_port_problem(Address(host="192.0.2.1", port=8000))
    assert problem.startswith("Cannot listen on 192.0.2.1")


@pytest.fixture
def free_address():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return Address(host="127.0.0.1", port=probe.getsockname()[1])
