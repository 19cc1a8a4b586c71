"""The pages of webhooks: list, detail, and what can be done there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import (
    make_attempt,
    make_delivery,
    make_destination,
    make_network,
    make_rule,
)
from webhooks.models import Delivery, Destination

pytestmark = pytest.mark.django_db

LIST = "/settings/integrations/webhooks/"


def test_empty_list_offers_the_first_step(client, sign_in):
    sign_in()
    page = client.get(LIST).content.decode()
    assert "No webhooks yet" in page
    assert f'href="{LIST}add/"' in page


def test_list_says_how_each_webhook_does(client, sign_in, organization):
    sign_in()
    now = timezone.now()
    make_destination(organization=organization, label="New")
    make_destination(organization=organization, label="Good", last_success_at=now)
    make_destination(
        organization=organization,
        label="Bad",
        consecutive_failures=3,
        last_failure_at=now,
        last_error="It refused the connection.",
    )
    make_destination(organization=organization, label="Off", enabled=False)
    page = client.get(LIST).content.decode()
    for words in ("Nothing sent yet", "Delivering", "3 failed in a row", "Disabled"):
        assert words in page
    assert "It refused the connection." in page


@pytest.mark.parametrize(("count", "limit"), [(1, 12), (20, 12)])
def test_list_costs_the_same(
    client, sign_in, organization, assert_queries, count, limit
):
    sign_in()
    for _ in range(count):
        make_destination(organization=organization, secret="s" * 24)
    with assert_queries(limit):
        client.get(LIST)


def test_a_thousand_webhooks_come_page_by_page(client, sign_in, organization):
    sign_in()
    for number in range(55):
        make_destination(organization=organization, label=f"Bridge {number:02}")
    first = client.get(LIST)
    assert len(first.context["entries"]) == 50
    assert "1 to 50 of 55" in first.content.decode()
    second = client.get(first.context["next_url"])
    assert len(second.context["entries"]) == 5
    assert client.get(second.context["previous_url"]).context["entries"]
    assert client.get(f"{LIST}?page=nonsense").context["entries"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=pag", ["Pager"]),
        ("q=47999", ["Off", "Pager"]),
        ("state=disabled", ["Off"]),
        ("state=unknown", ["Pager"]),
        ("state=nonsense", []),
    ],
)
def test_webhooks_are_found(client, sign_in, organization, query, expected):
    sign_in()
    make_destination(organization=organization, label="Pager")
    make_destination(organization=organization, label="Off", enabled=False)
    page = client.get(f"{LIST}?{query}")
    assert [each["webhook"].label for each in page.context["entries"]] == expected


def test_detail_shows_health_deliveries_and_rules(client, sign_in, organization):
    sign_in()
    webhook = make_destination(organization=organization, consecutive_failures=2,
                               last_error="It answered 503.")  # fmt: skip
    for status in ("delivered", "delivered", "delivered", "failed"):
        delivery = make_delivery(destination=webhook, status=status)
        make_attempt(delivery=delivery)
    make_rule(targets=[webhook], label="Page the boss")
    page = client.get(webhook.get_absolute_url())
    assert page.context["day"].success_rate == 75
    assert page.context["latency"].median_ms == 12
    text = page.content.decode()
    for words in ("2 failed in a row", "It answered 503.", "Page the boss", "75 %"):
        assert words in text


def test_day_counts_only_24_hours(client, sign_in, organization):
    sign_in()
    webhook = make_destination(organization=organization)
    make_delivery(destination=webhook, status="failed",
                  created_at=timezone.now() - timedelta(hours=25))  # fmt: skip
    page = client.get(webhook.get_absolute_url())
    assert page.context["day"].success_rate is None
    assert page.context["week"].failed == 1


def test_detail_shows_no_secret(client, sign_in, organization):
    sign_in()
    webhook = make_destination(
        organization=organization,
        secret="signing-secret-0123456789",
        auth_method="bearer",
        token="bearer-token",
        headers={"X-Api-Key": "header-key", "X-Team": "ops"},
    )
    for path in ("", "edit/"):
        text = client.get(webhook.get_absolute_url() + path).content.decode()
        assert "X-Team: ops" in text
        for secret in ("signing-secret", "bearer-token", "header-key"):
            assert secret not in text


def test_detail_costs_the_same(client, sign_in, organization, assert_queries):
    sign_in()
    webhook = make_destination(organization=organization)
    for _ in range(15):
        make_attempt(delivery=make_delivery(destination=webhook))
    with assert_queries(19):
        client.get(webhook.get_absolute_url())


def test_disable_asks_then_skips_what_waits(client, sign_in, organization):
    sign_in()
    webhook = make_destination(organization=organization)
    delivery = make_delivery(destination=webhook)
    url = f"{webhook.get_absolute_url()}disable/"
    assert "1 delivery that wait" in client.get(url).content.decode()
    webhook.refresh_from_db()
    assert webhook.enabled

    client.post(url)
    webhook.refresh_from_db()
    delivery.refresh_from_db()
    assert not webhook.enabled
    assert delivery.status == Delivery.Status.SKIPPED


def test_enable_works_by_post_only(client, sign_in, organization):
    sign_in()
    webhook = make_destination(organization=organization, enabled=False)
    url = f"{webhook.get_absolute_url()}enable/"
    assert client.get(url).status_code == 405
    client.post(url)
    webhook.refresh_from_db()
    assert webhook.enabled


def test_delete_says_what_goes_with_it(client, sign_in, organization):
    sign_in()
    webhook = make_destination(organization=organization)
    make_delivery(destination=webhook)
    make_rule(targets=[webhook], label="Page the boss")
    url = f"{webhook.get_absolute_url()}delete/"
    page = client.get(url).content.decode()
    assert "1 delivery with requests and answers" in page
    assert "Page the boss" in page

    assert client.post(url).headers["Location"] == LIST
    assert not Destination.objects.exists()


def test_rotated_secret_is_shown_once(client, sign_in, organization):
    sign_in()
    old = "whsec_" + "QUJD" * 8
    webhook = make_destination(organization=organization, secret=old)
    url = f"{webhook.get_absolute_url()}rotate-secret/"
    answer = client.post(url, {"overlap_hours": "24"})
    webhook.refresh_from_db()
    assert webhook.secret in answer.content.decode()
    assert webhook.secret != old
    assert webhook.previous_secret == old
    assert "no-store" in answer.headers["Cache-Control"]
    for path in ("", "edit/", "rotate-secret/"):
        page = client.get(webhook.get_absolute_url() + path).content.decode()
        assert webhook.secret not in page


def test_leaked_secret_ends_at_once(client, sign_in, organization):
    sign_in()
    webhook = make_destination(organization=organization, secret="x" * 24)
    client.post(f"{webhook.get_absolute_url()}rotate-secret/", {"overlap_hours": "0"})
    webhook.refresh_from_db()
    assert webhook.previous_secret == ""


def test_rotation_refuses_another_overlap(client, sign_in, organization):
    sign_in()
    webhook = make_destination(organization=organization, secret="x" * 24)
    url = f"{webhook.get_absolute_url()}rotate-secret/"
    answer = client.post(url, {"overlap_hours": "5"})
    assert answer.status_code == 422
    webhook.refresh_from_db()
    assert webhook.secret == "x" * 24


CHANGES = ("edit/", "delete/", "verify/", "enable/", "disable/", "rotate-secret/")


@pytest.mark.parametrize("path", ["", *CHANGES])
def test_foreign_webhook_is_not_there(client, sign_in, path):
    sign_in()
    foreign = make_destination(secret="x" * 24)
    url = foreign.get_absolute_url() + path
    assert client.post(url).status_code in (404, 405)
    if path != "enable/":
        assert client.get(url).status_code == 404
    foreign.refresh_from_db()
    assert foreign.secret == "x" * 24


@pytest.mark.parametrize("role", ["viewer", "responder"])
@pytest.mark.parametrize("path", CHANGES)
def test_change_is_refused_with_the_role(client, sign_in, organization, path, role):
    sign_in(role)
    webhook = make_destination(organization=organization)
    answer = client.post(webhook.get_absolute_url() + path)
    assert answer.status_code == 403
    assert "This needs the role Admin or Network Admin" in answer.content.decode()


def test_viewer_sees_without_buttons(client, sign_in, organization):
    sign_in("viewer")
    webhook = make_destination(organization=organization)
    for url in (LIST, webhook.get_absolute_url()):
        page = client.get(url).content.decode()
        assert webhook.label in page
        assert "Add webhook" not in page
        assert "Verify" not in page


def test_network_admin_keeps_to_their_networks(client, sign_in, organization):
    mine, other = (make_network(organization=organization) for _ in range(2))
    sign_in("network_admin", networks=[mine])
    theirs = make_destination(organization=organization, networks=[other])
    assert client.get(f"{theirs.get_absolute_url()}edit/").status_code == 403
    own = make_destination(organization=organization, networks=[mine])
    assert client.get(f"{own.get_absolute_url()}edit/").status_code == 200
