"""The form of a rule: everything that a rule has, its preview, and its test."""

from __future__ import annotations

import re
from html import unescape

import pytest

from alerts.models import Rule
from alerts.rule_sentences import describe_rule
from integrations_project.lib.spans import read_seconds, write_seconds
from tests.factories import (
    make_destination,
    make_event,
    make_network,
    make_rule,
    make_service,
)

BASE = "/settings/integrations/notifications/"
ADD = f"{BASE}add/"
PREVIEW = f"{BASE}preview/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def webhook(organization):
    return make_destination(organization=organization, label="Ops Slack")


@pytest.fixture
def filled(webhook):
    """Give what a browser sends of a form with every part filled in."""
    return {
        "label": "Everything",
        "enabled": "on",
        "event_types": "alert.*\nincident.*",
        "company_wide": "on",
        "labels": "team: payments",
        "minimum_severity": "major",
        "device_types": ["Switch"],
        "threshold": "0.8",
        "client_count_threshold": "50",
        "changes_only": "on",
        "condition_0_field": "severity",
        "condition_0_op": "in",
        "condition_0_value": "major, critical",
        "condition_1_field": "device.port",
        "condition_1_op": "gte",
        "condition_1_value": "3",
        "condition_2_field": "device",
        "condition_2_op": "exists",
        "condition_2_value": "",
        "name_0_list": "ignore",
        "name_0_match": "prefix",
        "name_0_value": "test-",
        "name_1_list": "allow",
        "name_1_match": "regex",
        "name_1_value": "db-.*",
        "name_1_field": "device.label",
        "time_zone": "Europe/Paris",
        "hours_0_days": ["0", "4"],
        "hours_0_from": "8:00",
        "hours_0_to": "18:00",
        "delay_seconds": "5 min",
        "repeat_seconds": "1 h 30 min",
        "targets": [str(webhook.pk)],
    }


def read_form(page):
    """Return what a browser would send of a page's rule form as it is shown."""
    html = page.split('id="rule-form"', 1)[1].split("</form>", 1)[0]
    sent = {}
    for tag in re.findall(r"<input [^>]*>", html):
        given = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        is_ticked = given.get("type") != "checkbox" or " checked" in tag
        if given.get("name") and is_ticked:
            # A box without a value sends "on", a field without one nothing.
            usual = "on" if given.get("type") == "checkbox" else ""
            value = unescape(given.get("value", usual))
            sent.setdefault(given["name"], []).append(value)
    for name, inner in re.findall(
        r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', html, re.S
    ):
        chosen = re.findall(r'value="([^"]*)" selected', inner)
        sent[name] = chosen or [re.findall(r'value="([^"]*)"', inner)[0]]
    areas = r'<textarea [^>]*name="([^"]+)"[^>]*>\n?(.*?)</textarea>'
    sent |= {name: [text] for name, text in re.findall(areas, html, re.S)}
    return sent


def values_of(rule):
    names = ("id", "created_at", "updated_at")
    fields = [f.name for f in Rule._meta.concrete_fields if f.name not in names]
    return {name: getattr(rule, name) for name in fields}


def test_everything_is_stored(client, sign_in, filled, webhook):
    sign_in()
    answer = client.post(ADD, filled)
    assert answer.status_code == 302, answer.content.decode()[:20_000]
    rule = Rule.objects.get()
    assert rule.conditions == [
        {"field": "severity", "op": "in", "value": ["major", "critical"]},
        {"field": "device.port", "op": "gte", "value": 3.0},
        {"field": "device", "op": "exists", "value": True},
    ]
    assert rule.ignored_names == [{"match": "prefix", "value": "test-"}]
    assert rule.allowed_names == [
        {"match": "regex", "value": "db-.*", "field": "device.label"}
    ]
    assert rule.options == {
        "device_types": ["Switch"],
        "threshold": 0.8,
        "client_count_threshold": 50,
        "changes_only": True,
    }
    assert rule.active_hours == {
        "time_zone": "Europe/Paris",
        "windows": [{"days": [0, 4], "from": "08:00", "to": "18:00"}],
    }
    assert (rule.delay_seconds, rule.repeat_seconds) == (300, 5400)
    assert rule.labels == {"team": "payments"}
    assert list(rule.targets.all()) == [webhook]


def test_saving_what_is_shown_changes_nothing(client, sign_in, filled, webhook):
    sign_in()
    client.post(ADD, filled)
    rule = Rule.objects.get()
    rule.conditions = [
        {"field": "a", "op": "equals", "value": 5},
        {"field": "a", "op": "in", "value": ["x, y", "z", 3]},
        {"field": "a", "op": "not_equals", "value": True},
        {"field": "a", "op": "exists", "value": False},
    ]
    rule.save()
    page = client.get(rule.get_absolute_url()).content.decode()
    answer = client.post(rule.get_absolute_url(), read_form(page))
    assert answer.status_code == 302
    assert values_of(Rule.objects.get()) == values_of(rule)


def test_url_of_its_own_is_added_and_taken_away(client, sign_in, filled, webhook):
    sign_in()
    filled |= {
        "targets": [],
        "target_0_webhook": str(webhook.pk),
        "target_0_url": "http://127.0.0.1:47999/second",
    }
    assert client.post(ADD, filled).status_code == 302
    rule = Rule.objects.get()
    (further,) = rule.further_targets.all()
    assert (further.destination, further.url) == (webhook, filled["target_0_url"])
    filled |= {"targets": [str(webhook.pk)], "target_0_webhook": "", "target_0_url": ""}
    assert client.post(rule.get_absolute_url(), filled).status_code == 302
    assert not rule.further_targets.exists()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("condition_0_value", "", "takes a list of 1 to 500"),
        ("condition_0_field", "a..b", "path"),
        ("condition_1_value", "many", "compares with a number"),
        ("name_1_value", "db-(", "pattern"),
        ("hours_0_days", [], "at least one"),
        ("hours_0_from", "25:00", "Write from and to such as 08:00"),
        ("time_zone", "Mars/Base", "Select a valid choice"),
        ("threshold", "2", "less than or equal to 1"),
        ("device_types", ["Toaster"], "Select a valid choice"),
        ("delay_seconds", "soon", "Write a time such as 5 min"),
        ("delay_seconds", "2 d", "Write 1 d at most"),
        ("repeat_seconds", "10 s", "Write 1 min at least"),
        ("labels", "payments", "is no pair"),
        ("target_0_url", "http://127.0.0.1:1/x", "Choose whose settings"),
        ("targets", [], "Choose at least one webhook"),
        ("event_types", "", "Choose at least one event type"),
    ],
)
def test_mistakes_are_said_and_nothing_is_lost(
    client, sign_in, filled, field, value, sentence
):
    sign_in()
    sent = filled | {field: value}
    answer = client.post(ADD, sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert not Rule.objects.exists()
    shown = read_form(page)
    for name in ("label", "condition_1_field", "name_0_value", "repeat_seconds"):
        assert shown[name] == [sent[name]]


def test_preview_lists_what_fits(client, sign_in, organization, filled):
    sign_in()
    make_event(organization=organization, type="incident.opened", data={})
    make_event(organization=organization, type="service.status_changed", data={})
    make_event(type="incident.opened", data={})  # of somebody else
    sent = {"event_types": "incident.*", "company_wide": "on"}
    page = client.post(PREVIEW, sent, headers=HTMX).content.decode()
    assert "This would have matched 1 event in the last 7 days." in page
    assert "<html" not in page
    assert page.count("incident.opened</code>") == 1
    assert "service.status_changed" in page  # among those that do not fit
    assert not Rule.objects.exists()


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({}, "Choose events, and"),
        ({"event_types": "bogus", "company_wide": "on"}, "is no event type"),
        ({"event_types": "*"}, "Choose at least one network"),
        (
            {
                "event_types": "*",
                "company_wide": "on",
                "condition_0_field": "a",
                "condition_0_op": "regex",
                "condition_0_value": "(",
            },
            "This shows again when",
        ),
        ({"event_types": "service.*", "company_wide": "on"}, "usually wait 5 min"),
    ],
)
def test_preview_says_what_it_waits_for(client, sign_in, sent, words):
    sign_in()
    answer = client.post(PREVIEW, sent, headers=HTMX)
    assert answer.status_code == 200
    assert words in answer.content.decode()


def test_event_is_tried_with_each_reason(client, sign_in, organization):
    sign_in()
    event = make_event(organization=organization, type="incident.opened", data={})
    sent = {"event_types": "service.*", "company_wide": "on", "event": event.pk}
    page = client.post(PREVIEW, sent, headers=HTMX).content.decode()
    assert "It does not match" in page
    assert "incident.opened is none of service.*." in page


def test_event_is_sent_to_one_target(client, sign_in, organization, sink):
    sign_in()
    webhook = make_destination(organization=organization, url=sink.url)
    event = make_event(organization=organization, type="incident.opened", data={"a": 1})
    sent = {
        "event_types": "incident.*",
        "company_wide": "on",
        "targets": [str(webhook.pk)],
        "event": event.pk,
    }
    page = client.post(PREVIEW, sent, headers=HTMX).content.decode()
    assert f"Send it to {webhook.label}" in page
    assert sink.requests == []
    page = client.post(PREVIEW, sent | {"send_to": webhook.pk}, headers=HTMX)
    assert "Sent" in page.content.decode()
    (request,) = sink.requests
    assert request.headers["x-signalpost-test"] == "1"


def test_viewer_previews_but_sends_nothing(client, sign_in, organization, sink):
    sign_in("viewer")
    webhook = make_destination(organization=organization, url=sink.url)
    rule = make_rule(organization=organization, targets=[webhook], event_types=["*"])
    event = make_event(organization=organization, type="incident.opened", data={})
    url = f"{rule.get_absolute_url()}preview/"
    page = client.post(url, {"event_types": "alert.*"}, headers=HTMX)
    assert "matched 1 event" in page.content.decode()
    sent = {"event": event.pk, "send_to": webhook.pk}
    assert client.post(url, sent, headers=HTMX).status_code == 403
    assert sink.requests == []


def test_form_works_without_scripts(client, sign_in, organization):
    sign_in()
    event = make_event(organization=organization, type="incident.opened", data={})
    sent = {"label": "Kept", "event_types": "incident.*", "company_wide": "on"}
    page = client.post(PREVIEW, sent | {"more": "condition"}).content.decode()
    assert 'name="condition_1_field"' in page
    assert 'name="name_1_value"' not in page
    assert read_form(page)["label"] == ["Kept"]
    page = client.post(PREVIEW, sent | {"preview": "1"}).content.decode()
    assert "This would have matched 1 event" in page
    page = client.post(PREVIEW, sent | {"event": event.pk}).content.decode()
    assert "It matches" in page
    assert not Rule.objects.exists()


def test_address_fills_the_form(client, sign_in):
    sign_in()
    query = {"event_types": "alert.high_cpu_usage", "label": "High CPU usage"}
    shown = read_form(client.get(ADD, query).content.decode())
    assert shown["event_types"] == ["alert.high_cpu_usage"]
    assert shown["label"] == ["High CPU usage"]
    assert shown["threshold"] == ["0.8"]
    assert shown["client_count_threshold"] == [""]


@pytest.mark.parametrize("path", ["/alerts/", BASE])
def test_list_says_what_each_rule_does(client, sign_in, organization, webhook, path):
    sign_in()
    make_rule(
        organization=organization,
        event_types=["incident.*"],
        minimum_severity="major",
        company_wide=False,
        networks=[make_network(organization=organization, label="Main Office")],
        delay_seconds=300,
        repeat_seconds=1800,
        targets=[webhook],
    )
    page = client.get(path).content.decode()
    assert (
        "Incidents of at least major, in Main Office, after 5 min, to Ops Slack, "
        "every 30 min while it lasts." in page
    )


def test_sentence_counts_what_is_many(organization):
    services = [make_service(organization=organization, name=n) for n in "abcd"]
    rule = make_rule(
        organization=organization,
        event_types=["alert.ip_conflict", "alert.own", "service.status_changed"],
        services=services,
    )
    said = describe_rule(rule, titles={"alert.ip_conflict": "IP conflict"})
    assert said == (
        "IP conflict, alert.own and a service changed its status, "
        "about a, b, c and 1 more, to nobody."
    )


def test_rule_is_duplicated(client, sign_in, filled, webhook):
    sign_in()
    filled |= {
        "target_0_webhook": str(webhook.pk),
        "target_0_url": "http://127.0.0.1:47999/second",
    }
    client.post(ADD, filled)
    rule = Rule.objects.get()
    client.post(f"{rule.get_absolute_url()}duplicate/")
    copied = Rule.objects.exclude(pk=rule.pk).get()
    assert copied.label == "Copy of Everything"
    assert not copied.enabled
    told = values_of(rule) | {"label": copied.label, "enabled": False}
    assert values_of(copied) == told
    assert list(copied.targets.all()) == [webhook]
    assert copied.further_targets.get().url == filled["target_0_url"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("300", 300),
        ("5 min", 300),
        ("5min", 300),
        ("5m", 300),
        ("1 h 30 min", 5400),
        ("1h 30m 5s", 5405),
        ("7 d", 604_800),
        ("", None),
        ("-5", None),
        ("5 weeks", None),
        ("5 5 min", 305),
        ("1.5 h", None),
    ],
)
def test_spans_are_read(text, seconds):
    assert read_seconds(text) == seconds
    if seconds is not None:
        assert read_seconds(write_seconds(seconds)) == seconds
