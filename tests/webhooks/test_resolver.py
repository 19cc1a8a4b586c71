from __future__ import annotations

import select
import threading
import time

import pytest

from webhooks.engine import resolver as module
from webhooks.engine.resolver import Resolver


class Names:
    """Stands for the system's resolver, which no test can make slow."""

    def __init__(self):
        self.known = {"a.example": ("192.0.2.1",), "b.example": ("192.0.2.2",)}
        self.asked = []
        self.go = threading.Event()
        self.go.set()

    def look_up(self, host):
        self.asked.append(host)
        if host.startswith("slow"):
            self.go.wait(10)
        return self.known.get(host, ())


@pytest.fixture
def names():
    made = Names()
    yield made
    made.go.set()


@pytest.fixture
def resolver(names):
    made = Resolver(names.look_up, max_threads=3)
    yield made
    made.close()


def take(resolver, count=1):
    answers, deadline = {}, time.monotonic() + 5
    while len(answers) < count and time.monotonic() < deadline:
        select.select([resolver.fileno()], [], [], 0.5)
        answers |= {host: answer.addresses for host, answer in resolver.take_answers()}
    return answers


def test_name_is_looked_up_once_and_kept(resolver, names):
    assert resolver.find("a.example") is None
    resolver.ask("a.example")
    assert take(resolver) == {"a.example": ("192.0.2.1",)}
    assert resolver.find("a.example").addresses == ("192.0.2.1",)
    assert names.asked == ["a.example"]


def test_name_under_way_is_not_asked_again(resolver, names):
    names.go.clear()
    resolver.ask("slow.example")
    resolver.ask("slow.example")
    names.go.set()
    take(resolver)
    assert names.asked == ["slow.example"]


def test_slow_name_holds_up_no_other(resolver, names):
    names.go.clear()
    resolver.ask("slow.example")
    resolver.ask("a.example")
    assert take(resolver) == {"a.example": ("192.0.2.1",)}


def test_too_many_slow_names_make_others_wait(resolver, names):
    names.go.clear()
    for number in range(3):
        resolver.ask(f"slow{number}.example")
    resolver.ask("a.example")
    assert resolver.take_answers() == []
    names.go.set()
    assert take(resolver, 4)["a.example"] == ("192.0.2.1",)


def test_unknown_name_is_known_to_be_unknown(resolver):
    resolver.ask("c.example")
    assert take(resolver) == {"c.example": ()}
    assert resolver.find("c.example").addresses == ()


def test_old_answer_is_used_while_it_is_renewed(resolver, names, monkeypatch):
    monkeypatch.setattr(module, "KEEP_SECONDS", -1.0)
    resolver.ask("a.example")
    take(resolver)
    names.known["a.example"] = ("192.0.2.9",)
    assert resolver.find("a.example").addresses == ("192.0.2.1",)
    assert take(resolver) == {"a.example": ("192.0.2.9",)}


def test_old_answer_outlives_a_dead_name_service(resolver, names, monkeypatch):
    monkeypatch.setattr(module, "KEEP_SECONDS", -1.0)
    resolver.ask("a.example")
    take(resolver)
    names.known.clear()
    resolver.find("a.example")
    assert take(resolver) == {"a.example": ("192.0.2.1",)}


def test_old_answer_does_not_live_for_ever(resolver, names, monkeypatch):
    monkeypatch.setattr(module, "KEEP_SECONDS", -1.0)
    monkeypatch.setattr(module, "KEEP_STALE_SECONDS", -1.0)
    resolver.ask("a.example")
    take(resolver)
    assert resolver.find("a.example") is None


def test_closing_waits_for_nobody(names):
    resolver = Resolver(names.look_up)
    names.go.clear()
    resolver.ask("slow.example")
    started = time.monotonic()
    resolver.close()
    assert time.monotonic() - started < 0.5
