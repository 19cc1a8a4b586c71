"""The form of a monitor: it saves, previews, tells what is wrong, loses nothing."""

from __future__ import annotations

import json

import pytest

from monitors.models import Job, Schedule, Strategy
from tests.factories import (
    make_membership,
    make_monitor,
    make_network,
    make_service,
    make_strategy,
)
from tests.http_server import Answer

pytestmark = pytest.mark.django_db
LIST = "/monitors/"
ADD = f"{LIST}add/"
PAGE = "<h1>Prices</h1><p>Basic costs 5 € a month.</p>"
SHOP = "".join(
    f'<div class="product"><h2>Lamp {n}</h2><b>${n}.50</b><a href="/l/{n}">x</a></div>'
    for n in range(12)
)


def text(answer):
    return " ".join(answer.content.decode().split())


def values(url, **fields):
    return {
        "pages": url,
        "scraper_type": "content",
        "timing": "interval",
        "every": "5 min",
        "time_zone": "UTC",
        "honours_robots": "on",
        "failure_status": "down",
        "failure_threshold": "2",
        "auto_create_incidents": "never",
        "incident_severity": "major",
    } | fields


@pytest.fixture
def site(sink):
    """A site without rules for robots; give it the page that it shows."""
    sink.always(Answer(status=404), path="/robots.txt")

    def show(body, *, status=200, kind="text/html; charset=utf-8"):
        headers = [("Content-Type", kind)]
        sink.always(Answer(status=status, body=body.encode(), headers=headers))
        return f"{sink.url}page"

    return show


def preview(client, url, path=f"{LIST}preview/", **fields):
    answer = client.post(path, values(url, **fields), headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return text(answer)


def test_address_is_enough(client, sign_in):
    sign_in()
    answer = client.post(ADD, values("https://a.example/prices"))
    monitor = Schedule.objects.get()
    assert answer.headers["Location"] == monitor.get_absolute_url()
    assert monitor.urls == ["https://a.example/prices"]
    assert not monitor.is_batch
    assert monitor.interval_seconds == 300
    assert monitor.strategy.scraper_type == "content"
    assert str(monitor) == "a.example/prices"
    assert Job.objects.filter(schedule=monitor).count() == 1


def test_everything_is_kept(client, sign_in, organization):
    sign_in()
    service = make_service(organization=organization)
    fields = values(
        "https://a.example/?a=1,2\nhttps://b.example/",
        name="Lamps",
        scraper_type="css",
        items_at=".product",
        fields_at="title: h2\nprice: .price (number)\ntags: .tag (list)",
        filter_mode="any",
        filter_lines="price > 50\ntitle contains sale\nsku exists",
        ignored_patterns="\\d+, views",
        ignored_fields="updated",
        key_field="link",
        is_ordered="on",
        timing="cron",
        cron_expression="0 9 * * 1-5",
        time_zone="Europe/Berlin",
        parameters="page = 2",
        service=service.pk,
        expected_codes="200, 204",
        expected_text="In stock",
        expected_no_text="Sold out",
        expected_ms="2000",
        expected_tls_days="14",
        failure_threshold="3",
    )
    del fields["honours_robots"]
    client.post(ADD, fields)
    monitor = Schedule.objects.get()
    assert monitor.urls == ["https://a.example/?a=1,2", "https://b.example/"]
    assert monitor.is_batch
    assert not monitor.honours_robots
    assert (monitor.interval_seconds, monitor.time_zone) == (None, "Europe/Berlin")
    assert monitor.parameters == {"page": "2"}
    assert monitor.expectations == {
        "status_codes": [200, 204],
        "text": ["In stock"],
        "no_text": ["Sold out"],
        "response_ms": 2000,
        "tls_days": 14,
    }
    strategy = monitor.strategy
    assert strategy.output_schema == {
        "items": ".product",
        "fields": {
            "title": "h2",
            "price": {"selector": ".price", "type": "number"},
            "tags": {"selector": ".tag", "list": True},
        },
    }
    assert strategy.filter_config["conditions"][0] == {
        "field": "price",
        "operator": "gt",
        "value": "50",
    }
    assert strategy.ignored_patterns == ["\\d+, views"]
    assert strategy.is_ordered

    # What was saved comes back into the form, and the form back into the same.
    page = client.get(f"{monitor.get_absolute_url()}edit/")
    shown = page.context["form"]
    # PostgreSQL keeps the members of an object in an order of its own.
    lines = [
        each.splitlines() for each in (shown["fields_at"].value(), fields["fields_at"])
    ]
    assert sorted(lines[0]) == sorted(lines[1])
    assert shown["filter_lines"].value().startswith("price gt 50")
    client.post(f"{monitor.get_absolute_url()}edit/", fields)
    again = Schedule.objects.get()
    assert again.expectations == monitor.expectations
    assert again.strategy_id == strategy.pk
    assert again.strategy.output_schema == strategy.output_schema


def test_secret_is_shown_once(client, sign_in):
    sign_in()
    url = "http://127.0.0.1:47999/hook"
    answer = client.post(ADD, values("https://a.example/", webhook_url=url))
    monitor = Schedule.objects.get()
    secret = monitor.destination.secret
    assert answer.status_code == 200
    assert secret in text(answer)
    assert "no-store" in answer.headers["Cache-Control"]
    for path in ("", "edit/"):
        page = text(client.get(f"{monitor.get_absolute_url()}{path}"))
        assert secret not in page
    # Saved again, it stays.
    edited = values("https://a.example/", webhook_url=url, every="1 h")
    answer = client.post(f"{monitor.get_absolute_url()}edit/", edited)
    assert answer.status_code == 302
    monitor.refresh_from_db()
    assert monitor.destination.secret == secret


def test_new_secret_is_shown_after_asking(client, sign_in):
    sign_in()
    url = "http://127.0.0.1:47999/hook"
    client.post(ADD, values("https://a.example/", webhook_url=url))
    monitor = Schedule.objects.get()
    before = monitor.destination.secret
    path = f"{monitor.get_absolute_url()}secret/"
    assert "Make a new secret for" in text(client.get(path))
    page = text(client.post(path))
    monitor.destination.refresh_from_db()
    assert monitor.destination.secret != before
    assert monitor.destination.secret in page


def test_secret_without_webhook_is_refused_with_a_sentence(
    client, sign_in, organization
):
    sign_in()
    monitor = make_monitor(organization=organization)
    path = monitor.get_absolute_url()
    assert client.post(f"{path}secret/", follow=True).status_code == 200
    answer = client.post(f"{path}verify/", headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "This monitor has no webhook yet." in text(answer)


def test_webhook_is_verified_and_may_go(client, sign_in, sink):
    sign_in()
    fields = values("https://a.example/", webhook_url=f"{sink.url}hook")
    fields["webhook_metadata"] = '{"team": "data"}'
    client.post(ADD, fields)
    monitor = Schedule.objects.get()
    assert (monitor.webhook_type, monitor.webhook_metadata) == (
        "standard",
        {"team": "data"},
    )
    page = text(client.post(f"{monitor.get_absolute_url()}verify/"))
    assert "It works" in page
    assert sink.requests[0].headers["X-Webhook-Secret"] == monitor.destination.secret
    client.post(f"{monitor.get_absolute_url()}edit/", fields | {"webhook_url": ""})
    monitor.refresh_from_db()
    assert monitor.destination is None


def test_strategy_may_be_chosen(client, sign_in, organization):
    sign_in()
    strategy = make_strategy(organization=organization, name="Shared")
    make_monitor(strategy=strategy)
    client.post(ADD, values("https://a.example/", strategy=strategy.pk))
    monitor = Schedule.objects.get(strategy=strategy, urls=["https://a.example/"])
    page = client.get(f"{monitor.get_absolute_url()}edit/")
    assert "Other monitors read by it too." in text(page)
    assert Strategy.objects.count() == 1
    # Set here again, it gets one of its own, and the other monitor keeps its.
    client.post(f"{monitor.get_absolute_url()}edit/", values("https://a.example/"))
    monitor.refresh_from_db()
    assert monitor.strategy_id != strategy.pk


def test_strategy_of_others_is_refused(client, sign_in):
    sign_in()
    foreign = make_strategy()
    answer = client.post(ADD, values("https://a.example/", strategy=foreign.pk))
    assert answer.status_code == 422
    assert not Schedule.objects.exists()


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("pages", "", "Write the address of a page."),
        ("pages", "ftp://a.example/", "is no address of a page"),
        ("pages", "ftp://a.example/", "starts with https:// or http://"),
        ("pages", "http://u:p@a.example/", "without user name and password"),
        ("pages", "https://a.example:25/", "Port 25 belongs to another protocol"),
        ("pages", "nonsense", "such as https://example.com/prices"),
        ("pages", "http://10.0.0.1/", "10.0.0.1"),
        ("every", "soon", "Write a time such as 5 min, 1 h or 90 s."),
        ("every", "5 s", "Write 1 min at least."),
        ("every", "", "Write how often"),
        ("ignored_patterns", "(", "missing ): (."),
        ("filter_lines", "price", "Line 1 is no condition"),
        ("filter_lines", "{", "This is no JSON"),
        ("expected_codes", "ok", "Write status codes such as 200, 204."),
        ("expected_codes", "99", "Write status codes from 100 to 599"),
        ("parameters", "page", "is no pair"),
        ("webhook_url", "nonsense", ""),
        ("webhook_metadata", "[1", ""),
        ("webhook_metadata", "[1]", "Write the metadata as an object"),
        ("failure_threshold", "0", "One failure at least."),
        ("service", "x", ""),
        ("networks", "x", ""),
        ("name", "x" * 300, ""),
    ],
)
def test_mistake_is_said_at_its_field_and_loses_nothing(
    client, sign_in, field, typed, sentence
):
    sign_in()
    fields = values("https://a.example/", name="Kept name") | {field: typed}
    answer = client.post(ADD, fields)
    assert answer.status_code == 422
    form = answer.context["form"]
    assert form.errors[field]
    assert sentence in form.errors[field][0]
    if field != "name":
        assert "Kept name" in text(answer)
    assert not Schedule.objects.exists()
    assert not Strategy.objects.exists()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"fields_at": "title h2"}, "Line 1 names no field"),
        ({"fields_at": "title: h2\ntitle: h3"}, "names title again"),
        ({"fields_at": "title: >>"}, "is no CSS selector"),
        ({"fields_at": "", "items_at": ""}, "Write selectors such as"),
    ],
)
def test_wrong_selectors_are_said(client, sign_in, typed, sentence):
    sign_in()
    answer = client.post(ADD, values("https://a.example/", scraper_type="css", **typed))
    assert answer.status_code == 422
    assert sentence in answer.context["form"].errors["fields_at"][0]


def test_cron_needs_five_fields(client, sign_in):
    sign_in()
    fields = values("https://a.example/", timing="cron")
    for typed in ("", "0 9 * *", "99 * * * *", "0 0 30 2 *"):
        answer = client.post(ADD, fields | {"cron_expression": typed})
        assert answer.context["form"].errors["cron_expression"], typed


def test_network_admin_stays_in_their_networks(client, organization):
    mine = make_network(organization=organization)
    person = make_membership(
        organization=organization, role="network_admin", networks=[mine]
    )
    client.force_login(person.user, "django.contrib.auth.backends.ModelBackend")
    answer = client.post(ADD, values("https://a.example/"))
    assert "networks" in answer.context["form"].errors
    answer = client.post(ADD, values("https://a.example/", networks=[mine.pk]))
    assert answer.status_code == 302


def test_preview_shows_sections(client, sign_in, site):
    sign_in()
    page = preview(client, site(PAGE))
    assert "<strong>1 item</strong>" in page
    assert "Basic costs 5 € a month." in page
    assert not Job.objects.exists()


def test_preview_shows_items_of_selectors(client, sign_in, site):
    sign_in()
    page = preview(
        client,
        site(SHOP),
        scraper_type="css",
        items_at=".product",
        fields_at="title: h2\nprice: b (number)\nlink: a@href",
    )
    assert "<strong>12 items</strong>" in page
    assert "Lamp 9" in page
    assert "And 2 more." in page


def test_preview_shows_items_of_json(client, sign_in, site):
    sign_in()
    body = json.dumps({"data": [{"name": "Chair"}]})
    page = preview(
        client,
        site(body, kind="application/json"),
        scraper_type="json",
        items_at="data[]",
        fields_at="title: name",
    )
    assert "Chair" in page


def test_preview_says_that_scripts_draw_the_page(client, sign_in, site):
    sign_in()
    html = '<script src="/app.js"></script><div id="root"></div>'
    assert "JavaScript" in preview(client, site(html))


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        pytest.param("", "Write the address of a page.", id="nothing"),
        pytest.param("http://10.0.0.1/", "Nothing could be read", id="private"),
        pytest.param("nonsense", "Nothing could be read", id="no address"),
        pytest.param("http://127.0.0.1:1/", "Nothing could be read", id="closed"),
    ],
)
def test_preview_says_why_nothing_is_read(client, sign_in, url, sentence):
    sign_in()
    assert sentence in preview(client, url)


def test_preview_of_a_missing_page_says_so(client, sign_in, site):
    sign_in()
    assert "404" in preview(client, site("gone", status=404))


def test_preview_works_without_scripts(client, sign_in, site):
    sign_in()
    answer = client.post(f"{LIST}preview/", values(site(PAGE), every=""))
    assert answer.status_code == 200
    assert "Basic costs 5 € a month." in text(answer)
    assert "Please mend" not in text(answer)


def test_preview_of_a_stored_monitor(client, sign_in, organization, site):
    sign_in()
    monitor = make_monitor(organization=organization)
    page = preview(client, site(PAGE), f"{monitor.get_absolute_url()}preview/")
    assert "Basic costs" in page


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"timing": "cron", "cron_expression": "0 9 29 2 *"}, "29 Feb 2028, 09:00"),
        ({"timing": "cron", "cron_expression": "0 9 * *"}, "has five fields"),
        ({"timing": "cron", "cron_expression": "0 0 30 2 *"}, "is no cron expression"),
        ({"timing": "cron", "cron_expression": ""}, "Write an expression"),
        ({"timing": "cron", "time_zone": "Mars"}, "Write an expression"),
        ({"every": "1 h"}, "<time"),
        ({"every": "1 s"}, "1 min to 365 d"),
        ({"every": "soon"}, "Write how often"),
        ({"every": "9" * 9 + " d"}, "Write how often"),
    ],
)
def test_next_runs(client, sign_in, fields, sentence):
    sign_in()
    answer = client.post(f"{LIST}timing/", values("", **fields))
    assert answer.status_code == 200
    assert sentence in text(answer)


def test_address_fills_the_form(client, sign_in, organization):
    sign_in()
    service = make_service(organization=organization)
    page = client.get(ADD, {"url": "https://a.example/", "service": service.pk})
    form = page.context["form"]
    assert form["pages"].value() == "https://a.example/"
    assert str(form["service"].value()) == str(service.pk)
    assert client.get(ADD, {"service": "x", "strategy": "y"}).status_code == 200
