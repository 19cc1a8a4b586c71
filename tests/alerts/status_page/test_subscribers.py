"""Who follows a status page: asks, confirms, is told, stops."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.datatypes import SYSTEM
from alerts import actions
from alerts.models import StatusPost, Subscriber
from alerts.status_page.serving import pages
from integrations_project.lib.encryption import hash_token
from tests.factories import make_service, make_status_page
from tests.http_server import Answer
from webhooks.models import Delivery, Destination

pytestmark = pytest.mark.django_db
ADDRESS = "ann@example.com"


@pytest.fixture(autouse=True)
def _no_memory():
    pages.clear()
    yield
    pages.clear()


@pytest.fixture
def page():
    service = make_service(name="Shop")
    other = make_service(organization=service.organization, name="Blog")
    return make_status_page(services=[service, other], slug="acme", title="Acme")


@pytest.fixture
def visitor():
    return Client(enforce_csrf_checks=True)


def now():
    return timezone.now()


def ask(visitor, **fields):
    body = {"kind": "email", "address": ADDRESS} | fields
    return visitor.post("/status/acme/follow/", body)


def read_link(text, purpose):
    return re.search(rf"/status/\S+/{purpose}/\S+", text)[0]


def ask_and_read(visitor, **fields):
    ask(visitor, **fields)
    actions.send_confirmation(Subscriber.objects.latest("id").pk, now=now())
    return read_link(mail.outbox[-1].body, "confirm")


def follow(visitor, **fields):
    visitor.post(ask_and_read(visitor, **fields))
    return Subscriber.objects.latest("id")


def post(page, **fields):
    row = StatusPost(page=page, title="Down", state="notice")
    return actions.create_status_post(row, actor=SYSTEM, now=now(), **fields)


def test_looking_at_the_link_confirms_nothing(page, visitor):
    link = ask_and_read(visitor)
    answer = visitor.get(link)
    assert "Yes, follow" in answer.content.decode()
    assert Subscriber.objects.get().confirmed_at is None
    answer = visitor.post(link)
    assert "You follow Acme" in answer.content.decode()
    assert Subscriber.objects.get().confirmed_at
    visitor.post(link)
    assert Destination.objects.count() == 1


def test_post_becomes_a_delivery(page, visitor):
    subscriber = follow(visitor)
    assert subscriber.destination.managed_by == "status_page"
    post(page)
    delivery = Delivery.objects.get()
    assert delivery.destination == subscriber.destination
    assert delivery.status == "pending"


def test_only_chosen_services_are_told(page, visitor):
    shop, blog = page.components.order_by("position")
    follow(visitor, components=[str(shop.pk)])
    post(page, components=[blog])
    assert not Delivery.objects.exists()
    post(page, components=[shop])
    post(page)
    assert Delivery.objects.count() == 2


def test_who_has_not_confirmed_is_told_nothing(page, visitor):
    ask(visitor)
    post(page)
    assert not Delivery.objects.exists()


def test_one_click_ends_it(page, visitor):
    subscriber = follow(visitor)
    header = subscriber.destination.headers["List-Unsubscribe"].strip("<>")
    link = header[header.index("/status/") :]
    assert "Stop following" in visitor.get(link).content.decode()
    assert Subscriber.objects.exists()
    answer = visitor.post(link, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert not Subscriber.objects.exists()
    assert not Destination.objects.exists()
    again = visitor.post(link)
    assert "Nobody follows with this link" in again.content.decode()


def test_what_waits_is_not_sent_after_the_end(page, visitor):
    subscriber = follow(visitor)
    post(page)
    actions.remove_subscriber(subscriber)
    delivery = Delivery.objects.get()
    assert delivery.status == "skipped"
    assert not delivery.destination.enabled


def test_answer_does_not_tell_who_follows(page, visitor):
    first = ask(visitor).content
    follow(visitor)
    Subscriber.objects.update(asked_at=now() - timedelta(hours=1))
    assert ask(visitor).content == first
    actions.send_confirmation(Subscriber.objects.get().pk, now=now())
    assert "does already" in mail.outbox[-1].body


def test_address_is_mailed_every_five_minutes_at_most(page, visitor, monkeypatch):
    queued = []
    monkeypatch.setattr("alerts.actions.subscribers.queue_confirmation", queued.append)
    ask(visitor)
    ask(visitor, address=ADDRESS.upper())
    assert len(queued) == 1
    Subscriber.objects.update(asked_at=now() - timedelta(minutes=6))
    ask(visitor)
    assert len(queued) == 2


def test_program_that_fills_in_everything_is_ignored(page, visitor):
    answer = ask(visitor, website="https://spam.example.com")
    assert answer.status_code == 200
    assert not Subscriber.objects.exists()


def test_many_posts_of_one_address_are_refused(page, visitor):
    answers = [ask(visitor, address=f"a{n}@example.com") for n in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 6 + [429]
    assert answers[-1].headers["Retry-After"] == "60"


@pytest.mark.parametrize(
    "address", ["", "ann", "ann@example.com\nBcc: x@example.com", "a@" + "x" * 300]
)
def test_wrong_address_is_told(page, visitor, address):
    answer = ask(visitor, address=address)
    assert answer.status_code == 422
    assert "Write an e-mail address" in answer.content.decode()


def test_closed_page_takes_nobody(page, visitor):
    type(page).objects.update(allows_subscribers=False)
    answer = ask(visitor)
    assert answer.status_code == 422
    html = visitor.get("/status/acme/").content.decode()
    assert "By e-mail or webhook" not in html


def test_page_leads_to_the_form(page, visitor):
    assert "/status/acme/follow/" in visitor.get("/status/acme/").content.decode()
    html = visitor.get("/status/acme/follow/").content.decode()
    assert "Shop" in html
    assert "feed.atom" in html


def test_private_page_asks_first(page, visitor):
    type(page).objects.update(public=False, password="x")
    assert visitor.get("/status/acme/follow/").status_code == 403


@pytest.mark.parametrize("purpose", ["confirm", "unsubscribe"])
def test_forged_link_opens_nothing(page, visitor, purpose):
    link = ask_and_read(visitor)
    other = read_link(mail.outbox[-1].body, "confirm").rpartition("/confirm/")[2]
    assert visitor.post(f"/status/acme/{purpose}/forged/").status_code == 404
    if purpose == "unsubscribe":
        answer = visitor.post(f"/status/acme/unsubscribe/{other}")
        assert answer.status_code == 404
    assert visitor.post(link[:-5]).status_code == 404
    assert Subscriber.objects.get().confirmed_at is None


def test_old_link_is_expired(page, visitor):
    ask(visitor)
    subscriber = Subscriber.objects.get()
    actions.send_confirmation(subscriber.pk, now=now() - timedelta(hours=49))
    link = read_link(mail.outbox[-1].body, "confirm")
    answer = visitor.post(link)
    assert answer.status_code == 410
    assert "two days" in answer.content.decode()


def test_unconfirmed_are_forgotten_after_a_week(page, visitor):
    ask(visitor)
    assert actions.forget_unconfirmed(now=now() + timedelta(days=6)) == 0
    assert actions.forget_unconfirmed(now=now() + timedelta(days=8)) == 1


def test_webhook_follows_when_it_answers(page, visitor, sink):
    answer = ask(visitor, kind="webhook", address=sink.url)
    html = answer.content.decode()
    assert answer.status_code == 200, html
    assert "whsec_" in html
    assert sink.requests[0].headers["X-Signalpost-Test"] == "1"
    again = ask(visitor, kind="webhook", address=sink.url)
    assert again.status_code == 422
    assert "whsec_" not in again.content.decode()
    assert Subscriber.objects.get().kind == "webhook"
    post(page)
    assert Delivery.objects.count() == 1


def test_webhook_that_refuses_does_not_follow(page, visitor, sink):
    sink.always(Answer(404))
    answer = ask(visitor, kind="webhook", address=sink.url)
    assert "must answer our test with 2xx" in answer.content.decode()
    assert not Subscriber.objects.exists()
    assert not Destination.objects.exists()


@pytest.mark.parametrize("url", ["http://169.254.169.254/", "ftp://x.example", "x"])
def test_url_that_may_not_be_called_is_refused(page, visitor, url):
    answer = ask(visitor, kind="webhook", address=url)
    assert answer.status_code == 422
    assert not Destination.objects.exists()


def test_thousand_followers_cost_no_more_statements(
    page, django_assert_max_num_queries
):
    rows = Destination.objects.bulk_create(
        Destination(
            organization=page.organization,
            label=f"Follower {n}",
            kind="email",
            url=f"mailto:f{n}@example.com",
            recipients=[f"f{n}@example.com"],
            format="message",
            managed_by="status_page",
        )
        for n in range(1000)
    )
    Subscriber.objects.bulk_create(
        Subscriber(
            page=page,
            address=f"f{n}@example.com",
            key=str(n),
            key_hash=hash_token(str(n)),
            confirmed_at=now(),
            destination=row,
        )
        for n, row in enumerate(rows)
    )
    with django_assert_max_num_queries(30):
        post(page)
    assert Delivery.objects.count() == 1000
