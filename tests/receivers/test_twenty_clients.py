"""Twenty clients at once: threads on PostgreSQL, processes on SQLite."""

from __future__ import annotations

import itertools
import multiprocessing
import traceback
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import Barrier

import pytest
from django.db import connection, connections

from alerts.models import Incident, Service, ServiceSource, StatusChange
from receivers.models import Receipt
from tests.factories import make_organization, make_service
from tests.receivers.conftest import Sender

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
CLIENTS = 20
POSTS = 5  # of each client
TRIES = 5  # many writers of a file on a busy machine: SQLite lets one wait too long
SECONDS = 120
WORDS = ("down", "operational")
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_limit(settings):
    settings.RECEIVER_RATE_PER_MINUTE = 0


def post_all(receiver, bodies):
    """Post one after the other; returns what each was answered."""
    sender = Sender(receiver)
    try:
        answers = [post_until_taken(sender, body) for body in bodies]
        return [(answer.status_code, answer.json()) for answer in answers]
    finally:
        connections.close_all()


def post_until_taken(sender, body):
    """Post as senders do: one that could not be stored is sent again."""
    for _ in range(TRIES):
        answer = sender.post(body)
        if answer.status_code != 503:
            break
    return answer


def post_together(receiver, bodies_of):
    """Let every client post its bodies, all from the same moment on."""
    run = in_threads if connection.vendor == "postgresql" else in_processes
    batches = run(lambda number: post_all(receiver, bodies_of(number)))
    answers = list(itertools.chain.from_iterable(batches))
    assert Counter(status for status, _ in answers) == {200: len(answers)}
    assert Receipt.objects.filter(receiver=receiver).count() == len(answers)
    return [answer for _, answer in answers]


def in_threads(work):
    barrier = Barrier(CLIENTS)

    def run(number):
        barrier.wait(SECONDS)
        return work(number)

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(run, range(CLIENTS)))


def in_processes(work):
    context = multiprocessing.get_context("fork")
    barrier, results = context.Barrier(CLIENTS), context.Queue()

    def run(number):
        try:
            barrier.wait(SECONDS)
            results.put(work(number))
        except BaseException:
            results.put(traceback.format_exc())
            raise

    connections.close_all()  # a child must not inherit one
    children = [
        context.Process(target=run, args=(number,), daemon=True)
        for number in range(CLIENTS)
    ]
    for child in children:
        child.start()
    batches = [results.get(timeout=SECONDS) for _ in children]
    for child in children:
        child.join(SECONDS)
    assert [batch for batch in batches if isinstance(batch, str)] == []
    return batches


def alternate(number):
    """Return the words of one client; half of them begin with the other word."""
    return [WORDS[(number + turn) % 2] for turn in range(POSTS)]


def assert_consistent(service):
    """Check that each change begins where the one before ended, in time as well."""
    changes = list(StatusChange.objects.filter(service=service).order_by("id"))
    assert changes[0].previous_status == "operational"
    for before, after in pairwise(changes):
        assert after.previous_status == before.status
        assert after.changed_at > before.changed_at
    service.refresh_from_db()
    assert service.status == changes[-1].status
    assert service.status_since == changes[-1].changed_at
    open_incidents = Incident.objects.filter(affected__service=service, status="opened")
    keys = list(open_incidents.values_list("affected__key", flat=True))
    assert len(keys) == len(set(keys))
    assert bool(keys) == (service.status == "down")


def test_one_service(make_sender):
    sender = make_sender(auto_create_incidents="down")
    answers = post_together(
        sender.receiver, lambda n: [{"status": word} for word in alternate(n)]
    )
    results = Counter(answer["result"] for answer in answers)
    assert results["processed"] == StatusChange.objects.count()
    assert_consistent(sender.receiver.service)
    assert Incident.objects.filter(status="opened").count() <= 1


def test_keys_of_one_service(make_sender):
    sender = make_sender(auto_create_incidents="down", key_field="check")
    post_together(
        sender.receiver,
        lambda n: [
            {"status": word, "check": f"check {(n + turn) % 3}"}
            for turn, word in enumerate(alternate(n // 3))
        ],
    )
    service = sender.receiver.service
    assert_consistent(service)
    held = ServiceSource.objects.filter(service=service).values_list("key", flat=True)
    opened = Incident.objects.filter(status="opened")
    assert sorted(opened.values_list("affected__key", flat=True)) == sorted(held)


def test_lists_of_services(make_sender):
    organization = make_organization()
    names = ["a", "b", "c"]
    services = [make_service(organization=organization, name=name) for name in names]
    sender = make_sender(
        organization=organization,
        service_name_field="name",
        items_path="[]",
        auto_create_incidents="down",
    )

    def bodies_of(number):
        order = names if number % 2 else names[::-1]
        return [[{"name": n, "status": w} for n in order] for w in alternate(number)]

    answers = post_together(sender.receiver, bodies_of)
    assert {len(answer["items"]) for answer in answers} == {3}
    for service in services:
        assert_consistent(service)


def alert_at(second):
    """Return what Alertmanager posts of an alert that fires or resolves then."""
    moment = (NOON + timedelta(seconds=second)).isoformat()
    is_firing = second % 2 == 0
    alert = {
        "status": "firing" if is_firing else "resolved",
        "labels": {"alertname": "HighErrorRate", "service": "Checkout"},
        "annotations": {},
        "startsAt": moment if is_firing else NOON.isoformat(),
        "endsAt": "0001-01-01T00:00:00Z" if is_firing else moment,
        "fingerprint": "c5a1f5a0b7e2d9f4",
    }
    return {"version": "4", "groupKey": "{}", "groupLabels": {}, "alerts": [alert]}


def test_newest_news_of_a_sender_wins(make_sender):
    sender = make_sender(
        organization=make_organization(),
        service=None,
        preset="alertmanager",
        create_unknown_services=True,
        auto_create_incidents="down",
    )
    answers = post_together(
        sender.receiver,
        lambda n: [
            alert_at(turn * CLIENTS + (n * 7) % CLIENTS) for turn in range(POSTS)
        ],
    )
    assert "stale" in {answer["items"][0]["reason"] for answer in answers}
    service = Service.objects.get()
    # The newest has an odd number, so it says "resolved", whenever it came.
    assert service.status == "operational"
    assert_consistent(service)


def test_one_delivery_id_counts_once(make_sender):
    sender = make_sender(auto_create_incidents="down", delivery_id_field="id")
    bodies = [{"status": word, "id": f"{n}"} for n, word in enumerate(alternate(0))]
    answers = post_together(sender.receiver, lambda _: bodies)
    first = [a for a in answers if a["items"][0]["reason"] != "duplicate"]
    assert len(first) == len(bodies)
    assert len(answers) - len(first) == (CLIENTS - 1) * len(bodies)
    told = {
        (i["status"], i["previous_status"], i["incident"])
        for a in answers
        for i in a["items"]
    }
    assert told == {
        (i["status"], i["previous_status"], i["incident"])
        for a in first
        for i in a["items"]
    }
    assert_consistent(sender.receiver.service)
