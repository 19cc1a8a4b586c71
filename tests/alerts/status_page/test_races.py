"""Changes at the same moment: none is lost, and nobody waits for a page's row."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction
from django.utils import timezone

from accounts.datatypes import SYSTEM
from alerts.actions import change_service_status, touch_status_pages
from alerts.actions.status_snapshots import find_stored_page
from alerts.datatypes import MANUAL, StatusUpdate
from alerts.models import StatusPage, StatusSnapshot
from integrations_project.lib.ids import uuid7
from tests.factories import make_organization, make_service, make_status_page

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
SECONDS = 20


@pytest.fixture
def services():
    organization = make_organization()
    return [make_service(organization=organization) for _ in range(4)]


@pytest.fixture
def status_page(services):
    return make_status_page(services=services, slug="acme")


def say(service, status):
    update = StatusUpdate(
        status=status, source=MANUAL, trace=uuid7(), now=timezone.now()
    )
    change_service_status(service.pk, update, actor=SYSTEM)


def run_together(*jobs):
    """Run jobs in threads of their own and return what they return."""

    def run(job):
        try:
            return job()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [
            each.result(SECONDS) for each in [pool.submit(run, job) for job in jobs]
        ]


def read_revision(page):
    return StatusPage.objects.values_list("revision", flat=True).get(pk=page.pk)


def test_who_holds_a_page_may_wait_for_a_service(services, status_page):
    """Both would wait for each other if marking a page could wait."""
    first, second = services[:2]
    page_is_held, service_is_held = threading.Event(), threading.Event()

    def hold_page():
        with transaction.atomic():
            say(first, "down")
            page_is_held.set()
            assert service_is_held.wait(SECONDS)
            say(second, "down")

    def hold_service():
        assert page_is_held.wait(SECONDS)
        with transaction.atomic():
            say(second, "degraded")
            service_is_held.set()

    before = read_revision(status_page)
    run_together(hold_page, hold_service)
    assert read_revision(status_page) >= before + 2


def test_no_change_is_lost_from_the_page(services, status_page):
    def flip(service):
        def change():
            for number in range(10):
                say(service, "operational" if number % 2 else "down")

        return change

    def look():
        for _ in range(20):
            find_stored_page("acme", None, now=timezone.now())

    run_together(*map(flip, services), look, look)
    for service in services:
        say(service, "degraded")
    found = find_stored_page("acme", None, now=timezone.now())
    assert found.data["status"] == "degraded"
    assert found.data["headline"] == "All systems are degraded"


def test_first_lookers_store_one_state(status_page):
    def look():
        return find_stored_page("acme", None, now=timezone.now()).revision

    assert len(set(run_together(*[look] * 8))) == 1
    assert StatusSnapshot.objects.count() == 1


def test_older_state_never_replaces_a_later_one(status_page):
    older = find_stored_page("acme", None, now=timezone.now())
    touch_status_pages([status_page.components.first().service_id])
    later = find_stored_page("acme", older, now=timezone.now())
    assert later.revision > older.revision
    StatusSnapshot.objects.update(revision=later.revision + 5)
    find_stored_page("acme", None, now=timezone.now())
    assert StatusSnapshot.objects.get().revision == later.revision + 5
