"""How old a page may be that is served from memory, and who waits for a new one."""

from __future__ import annotations

import threading

from alerts.status_page.cache import PageCache


class Source:
    """Pages by key, a clock, and how often somebody looked."""

    def __init__(self):
        self.now = 0.0
        self.page = "first"
        self.looks = 0
        self.cache = PageCache(self.load, clock=lambda: self.now)

    def load(self, key, known):
        self.looks += 1
        return self.page

    def get(self, *, at):
        self.now = at
        return self.cache.get("acme")


def test_fresh_page_is_not_looked_up():
    source = Source()
    assert source.get(at=0) == "first"
    source.page = "second"
    assert source.get(at=0.4) == "first"
    assert source.looks == 1


def test_change_shows_after_half_a_second():
    source = Source()
    source.get(at=0)
    source.page = "second"
    assert source.get(at=0.6) == "second"


def test_deleted_page_is_gone_and_takes_no_memory():
    source = Source()
    source.get(at=0)
    source.page = None
    assert source.get(at=1) is None
    assert source.cache._entries == {}


def test_others_are_served_while_one_looks():
    source = Source()
    source.get(at=0)
    entered, leave = threading.Event(), threading.Event()

    def load(key, known):
        entered.set()
        leave.wait(10)
        return "second"

    source.cache.load = load
    source.now = 0.7
    looker = threading.Thread(target=source.cache.get, args=("acme",))
    looker.start()
    entered.wait(10)
    assert source.get(at=0.8) == "first"
    leave.set()
    looker.join(10)
    assert source.get(at=0.9) == "second"


def test_too_late_a_visitor_waits_for_the_look():
    source = Source()
    source.get(at=0)
    source.page = "second"
    assert source.get(at=1.6) == "second"


def test_twenty_visitors_of_a_cold_page_look_once():
    source = Source()
    threads = [
        threading.Thread(target=source.cache.get, args=("acme",)) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert source.looks == 1


def test_failed_look_is_tried_again():
    source = Source()
    source.get(at=0)
    good = source.cache.load

    def fail(key, known):
        raise OSError

    source.cache.load = fail
    source.now = 1.0
    try:
        source.cache.get("acme")
    except OSError:
        source.cache.load = good
    source.page = "second"
    assert source.get(at=1.0) == "second"


def test_ticket_of_an_older_state_is_worthless():
    source = Source()
    ticket = source.cache.find_ticket("acme", source.get(at=0))
    source.now = 0.4
    assert ticket.find_age() == 0.4
    source.page = "second"
    source.get(at=0.6)
    assert ticket.find_age() == float("inf")
