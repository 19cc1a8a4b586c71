"""The mapping editor: point, see what it would do, save; export and import."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from alerts.models import Incident, StatusChange
from integrations_project.lib.ids import first_id_at
from receivers.models import Receipt, Receiver
from receivers.presets import get_preset
from tests.factories import make_receipt, make_receiver, make_service

pytestmark = pytest.mark.django_db

TABLE = {"mapping_mode": "extend", "unmapped": "ignore", "pick_as": "status"}


@pytest.fixture
def receiver(organization):
    service = make_service(organization=organization, name="API Gateway")
    return make_receiver(
        organization=organization, service=service, auto_create_incidents="down"
    )


@pytest.fixture
def path(receiver):
    return f"{receiver.get_absolute_url()}mapping/"


def as_form(receiver, **fields):
    names = ("status_field", "message_field", "key_field", "time_field", "items_path")
    stored = {name: getattr(receiver, name) for name in names}
    return TABLE | stored | {"service_name_field": ""} | fields


def find_row(page, text):
    return next(row for row in page.context["look"].tree if row.text == text)


def test_last_post_is_shown_and_nothing_is_done(client, sign_in, receiver, path):
    sign_in()
    make_receipt(receiver=receiver, body='{"status": "down", "by": {"who": "me"}}')
    page = client.get(path)
    assert page.context["body"].label == "The last POST"
    assert find_row(page, '"down"').marks == ("status",)
    assert find_row(page, '"me"').path == "by.who"
    (outcome,) = page.context["look"].outcomes
    assert outcome.detail == "It would open an incident."
    text = " ".join(page.content.decode().split())
    assert "<strong>API Gateway: operational → down</strong>" in text
    assert Receipt.objects.count() == 1
    assert not StatusChange.objects.exists()
    assert not Incident.objects.exists()


def test_click_on_a_value_uses_its_path(client, sign_in, receiver, path):
    sign_in()
    make_receipt(receiver=receiver, body='{"data": {"state": "firing", "id": "7"}}')
    page = client.post(path, as_form(receiver, pick="data.state"))
    assert page.status_code == 200
    assert page.context["form"]["status_field"].value() == "data.state"
    assert page.context["look"].outcomes[0].status == "down"
    page = client.post(path, as_form(receiver, pick="data.id", pick_as="key"))
    assert page.context["form"]["key_field"].value() == "data.id"
    receiver.refresh_from_db()
    assert receiver.status_field == "status"


def test_save_keeps_paths_and_table(client, sign_in, receiver, path):
    sign_in()
    form = as_form(receiver, status_field="data.state", mapping_down="kaputt")
    answer = client.post(path, form | {"action": "save"})
    assert answer.headers["Location"] == path
    receiver.refresh_from_db()
    assert receiver.status_field == "data.state"
    assert receiver.mapping == {"down": ["kaputt"]}
    assert receiver.service is not None


def test_wrong_path_is_said_and_not_saved(client, sign_in, receiver, path):
    sign_in()
    page = client.post(path, as_form(receiver, status_field="a..b", action="save"))
    assert page.status_code == 422
    assert "dot with no key" in page.content.decode()
    receiver.refresh_from_db()
    assert receiver.status_field == "status"


def test_unknown_value_is_told_with_one_click(client, sign_in, receiver, path):
    sign_in()
    make_receipt(receiver=receiver, body='{"status": "kaputt"}')
    page = client.get(path)
    assert page.context["look"].outcomes[0].reason == "unmapped"
    assert 'value="down:kaputt"' in page.content.decode()
    page = client.post(path, as_form(receiver, means="down:kaputt"))
    assert page.context["form"]["mapping_down"].value() == "kaputt"
    assert page.context["look"].outcomes[0].status == "down"


def test_items_of_a_known_sender_start_at_the_item(client, sign_in, receiver, path):
    sign_in()
    Receiver.objects.update(
        preset="alertmanager", status_field="", message_field="", service=None
    )
    page = client.get(path, {"body": "example"})
    row = find_row(page, '"c5a1f5a0b7e2d9f4"')
    assert row.path == "fingerprint"
    assert row.marks == ("key",)
    assert find_row(page, '"signalpost"').path == ""
    assert page.context["look"].taken["items_path"] == "alerts[]"
    assert page.context["look"].outcomes[0].service == "API Gateway"


def test_list_is_read_item_by_item(client, sign_in, receiver, path):
    sign_in()
    body = '{"checks": [{"status": "down"}, {"status": "up"}]}'
    page = client.post(path, as_form(receiver, body=body))
    assert "missing" in page.context["look"].error
    page = client.post(path, as_form(receiver, body=body, pick_items="checks[]"))
    assert [o.raw_status for o in page.context["look"].outcomes] == ["down", "up"]
    assert page.context["body"].label == "What you pasted"


@pytest.mark.parametrize(
    "body", ["nope", "[]", "{}", "null", '"x"', "[" * 5000, '{"a": "\\ud800"}', "{" * 9]
)
def test_bodies_that_nobody_should_send_are_answered(
    client, sign_in, receiver, path, body
):
    sign_in()
    page = client.post(path, as_form(receiver, body=body))
    assert page.status_code == 200
    assert page.context["look"].error


def test_body_inside_a_text_and_headers_can_be_pointed_at(
    client, sign_in, receiver, path
):
    sign_in()
    body = json.dumps({"Message": '{"State": "ALARM"}'})
    make_receipt(receiver=receiver, body=body, headers={"X-State": "down"})
    page = client.get(path)
    assert find_row(page, '"ALARM"').path == "Message|State"
    assert page.context["look"].headers[0].path == "header:X-State"
    page = client.post(path, as_form(receiver, pick="header:X-State"))
    assert page.context["look"].outcomes[0].raw_status == "down"
    assert page.context["look"].headers[0].marks == ("status",)


def test_receipt_becomes_the_sample(client, sign_in, receiver, path):
    sign_in()
    older = first_id_at(timezone.now() - timedelta(minutes=5))
    receipt = make_receipt(id=older, receiver=receiver, body='{"status": "first"}')
    make_receipt(receiver=receiver, body='{"status": "second"}')
    answer = client.post(f"{receipt.get_absolute_url()}sample/")
    assert answer.headers["Location"] == path
    page = client.get(path)
    assert page.context["body"].label == "The chosen sample"
    assert find_row(page, '"first"')
    page = client.post(path, as_form(receiver, use="last"))
    assert find_row(page, '"second"')
    other = make_receipt(body='{"status": "secret"}')
    page = client.get(path, {"body": str(other.pk)})
    assert "secret" not in page.content.decode()


def test_incident_that_is_open_is_foreseen(client, sign_in, receiver, path):
    sign_in()
    client.post(
        f"/api/webhooks/incoming/{receiver.token}",
        '{"status": "down"}',
        content_type="application/json",
    )
    page = client.post(path, as_form(receiver, body='{"status": "up"}'))
    detail = page.context["look"].outcomes[0].detail
    assert detail == "It would end its part in incident #1."
    body = '{"status": "down", "message": "worse"}'
    page = client.post(path, as_form(receiver, body=body))
    assert "go on in incident #1" in page.context["look"].outcomes[0].detail


def test_service_that_another_holds_is_foreseen(
    client, sign_in, receiver, path, organization
):
    sign_in()
    other = make_receiver(service=receiver.service, name="Alertmanager")
    for each, status in ((other, "down"), (receiver, "down")):
        client.post(
            f"/api/webhooks/incoming/{each.token}",
            json.dumps({"status": status}),
            content_type="application/json",
        )
    page = client.post(path, as_form(receiver, body='{"status": "up"}'))
    (outcome,) = page.context["look"].outcomes
    assert outcome.reason == "held_by_other"
    assert "It would be down all the same: Alertmanager said so." in outcome.detail
    text = " ".join(page.content.decode().split())
    assert "<strong>API Gateway: stays down</strong>" in text


def test_mapping_goes_from_one_receiver_to_another(
    client, sign_in, receiver, organization
):
    sign_in()
    Receiver.objects.filter(pk=receiver.pk).update(
        status_field="data.state", mapping={"down": ["kaputt"]}, hmac_secret="hidden"
    )
    answer = client.get(f"{receiver.get_absolute_url()}mapping/export/")
    assert "attachment" in answer.headers["Content-Disposition"]
    text = answer.content.decode()
    assert "hidden" not in text
    assert receiver.token not in text

    other = make_receiver(service=make_service(organization=organization))
    path = f"{other.get_absolute_url()}mapping/import/"
    page = client.post(path, {"text": text})
    changes = {c["name"]: (c["before"], c["after"]) for c in page.context["changes"]}
    assert changes["Status"] == ("status", "data.state")
    assert changes["Values for down"] == ("", "kaputt")
    other.refresh_from_db()
    assert other.status_field == "status"

    client.post(path, {"text": text, "action": "save"})
    other.refresh_from_db()
    assert other.status_field == "data.state"
    assert other.mapping == {"down": ["kaputt"]}
    assert "Nothing would change" in client.post(path, {"text": text}).content.decode()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Choose a file"),
        ("nope", "expecting value"),
        ("{}", "no mapping that was exported here"),
        ('{"kind": "receiver-mapping", "version": 2}', "version 1 only"),
        ('{"kind": "receiver-mapping", "version": 1, "token": "x"}', "is no field"),
        ('{"kind": "receiver-mapping", "version": 1, "preset": 5}', "must be a text"),
        ('{"kind": "receiver-mapping", "version": 1, "preset": "x"}', "no preset"),
        (
            '{"kind": "receiver-mapping", "version": 1, "status_field": "a..b"}',
            "dot with no key",
        ),
        (
            '{"kind": "receiver-mapping", "version": 1, "mapping": {"up": ["x"]}}',
            "is no status",
        ),
        ('{"kind": "receiver-mapping", "version": 1, "unmapped": "x"}', "valid choice"),
        ("x" * 70_000, "longer than 64 KB"),
    ],
)
def test_wrong_files_are_refused_with_a_sentence(
    client, sign_in, receiver, text, sentence
):
    sign_in()
    path = f"{receiver.get_absolute_url()}mapping/import/"
    page = client.post(path, {"text": text, "action": "save"})
    assert page.status_code == 422
    assert any(sentence in error for error in page.context["errors"])


def test_editor_is_for_those_who_may_edit(client, sign_in, receiver, path):
    sign_in("viewer")
    assert client.get(path).status_code == 403
    assert client.get(f"{path}import/").status_code == 403
    assert client.get(f"{path}export/").status_code == 200


@pytest.mark.parametrize("name", ["alertmanager", "sns", "github", "zabbix"])
def test_example_of_a_sender_is_understood(client, sign_in, organization, name):
    sign_in()
    service = make_service(organization=organization)
    receiver = make_receiver(
        service=service, preset=name, status_field="", message_field=""
    )
    page = client.get(f"{receiver.get_absolute_url()}mapping/")
    look = page.context["look"]
    assert look.error == ""
    assert look.outcomes[0].status == "down"
    assert any("status" in row.marks for row in look.tree)
    assert page.context["sender"].label == get_preset(name).label


def test_click_on_a_value_of_each_item_sets_list_and_path(
    client, sign_in, receiver, path
):
    sign_in()
    body = '{"checks": [{"id": 1}, {"id": 2, "state": "down"}]}'
    page = client.post(path, as_form(receiver, body=body))
    assert find_row(page, '"down"').each == "checks[] state"
    page = client.post(path, as_form(receiver, body=body, pick_each="checks[] state"))
    form = page.context["form"]
    assert form["items_path"].value() == "checks[]"
    assert form["status_field"].value() == "state"


def test_error_of_a_pasted_body_names_its_line(client, sign_in, receiver, path):
    sign_in()
    body = '{\r\n  "status": "down",\r\n  "message" "x"\r\n}'
    page = client.post(path, as_form(receiver, body=body))
    assert "line 3" in page.context["look"].error
    assert "line 3" in page.content.decode()


def test_big_body_is_shown_fast_and_bounded(client, sign_in, receiver, path):
    sign_in()
    keys = {f"key {n}": {"x": "y" * 900} for n in range(1000)}
    body = json.dumps({"status": "down"} | keys)
    started = time.monotonic()
    page = client.post(path, as_form(receiver, body=body))
    assert time.monotonic() - started < 2
    look = page.context["look"]
    assert look.tree[-1].text == "941 more, not shown"
    assert look.outcomes[0].status == "down"


def test_body_beyond_what_is_taken_is_said(client, sign_in, receiver, path, settings):
    sign_in()
    settings.RECEIVER_MAX_BODY_BYTES = 1000
    page = client.post(path, as_form(receiver, body='{"a": "' + "b" * 1000 + '"}'))
    assert page.context["look"].error == (
        "It has 1,009 bytes; this installation takes 1,000."
    )


def test_many_items_are_told_in_part(client, sign_in, receiver, path):
    sign_in()
    body = json.dumps({"checks": [{"status": "down"}] * 60})
    page = client.post(path, as_form(receiver, body=body, pick_items="checks[]"))
    assert len(page.context["look"].foreseen) == 50
    assert "10 more items, not shown" in page.content.decode()
