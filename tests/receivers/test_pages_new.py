"""The three steps that make a receiver."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles.finders import find

from alerts.models import Service
from receivers.models import Receiver
from receivers.presets import list_presets
from receivers.senders import list_senders, list_steps, make_mark
from tests.factories import make_receiver, make_service

pytestmark = pytest.mark.django_db

ADD = "/settings/integrations/receivers/add/"


def test_senders_are_listed_with_those_for_anybody_first(client, sign_in):
    sign_in()
    page = client.get(ADD)
    labels = [sender.label for sender in page.context["senders"]]
    assert labels[:2] == ["Detect the sender", "Plain fields"]
    assert len(labels) == 2 + len(list_presets())


def test_senders_are_found_by_name_and_by_what_they_do(client, sign_in):
    sign_in()
    found = client.get(ADD, {"q": "grafana"}).context["senders"]
    assert [sender.label for sender in found] == ["Grafana"]
    found = client.get(ADD, {"q": "deployments"}).context["senders"]
    assert [sender.label for sender in found] == ["GitHub"]
    page = client.get(ADD, {"q": "nobody-has-this"}).content.decode()
    assert "No sender is called “nobody-has-this”" in page


def test_receiver_for_a_known_sender_and_a_new_service(client, sign_in):
    sign_in()
    path = f"{ADD}?sender=alertmanager"
    page = client.get(path)
    assert page.context["form"]["name"].value() == "Prometheus Alertmanager"
    answer = client.post(
        path,
        {
            "name": "Alertmanager",
            "target": "new",
            "new_service": "Checkout",
            "auto_create_incidents": "down",
        },
        follow=True,
    )
    receiver = Receiver.objects.get()
    assert receiver.preset == "alertmanager"
    assert receiver.service.name == "Checkout"
    assert receiver.status_field == ""
    text = answer.content.decode()
    assert "Set up Prometheus Alertmanager" in text
    assert "Waiting for the first POST" in text
    assert f"/api/webhooks/incoming/{receiver.token}, send_resolved" in text


def test_curl_line_of_every_sender_takes_the_service_down(
    client, sign_in, organization
):
    sign_in()
    for preset in list_presets():
        if preset.proof:
            continue
        service = make_service(organization=organization, name=f"For {preset.name}")
        receiver = make_receiver(
            service=service, preset=preset.name, status_field="", message_field=""
        )
        headers = {
            k: v for k, v in preset.sample_headers.items() if "ignature" not in k
        }
        answer = client.post(
            f"/api/webhooks/incoming/{receiver.token}",
            json.dumps(preset.sample),
            content_type="application/json",
            headers=headers,
        )
        assert answer.json()["result"] == "processed", (preset.name, answer.json())


def test_receiver_that_takes_services_by_name(client, sign_in):
    sign_in()
    client.post(
        f"{ADD}?sender=detect",
        {
            "name": "Anything",
            "target": "named",
            "create_unknown_services": "on",
            "auto_create_incidents": "never",
        },
    )
    receiver = Receiver.objects.get()
    assert receiver.service is None
    assert receiver.create_unknown_services


def test_plain_fields_by_name_need_to_know_where(client, sign_in):
    sign_in()
    form = {"name": "Mine", "target": "named", "auto_create_incidents": "never"}
    page = client.post(f"{ADD}?sender=", form)
    assert page.status_code == 422
    assert "Say where the body names the service" in page.content.decode()
    client.post(f"{ADD}?sender=", form | {"service_name_field": "service_name"})
    assert Receiver.objects.get().status_field == "status"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": ""}, "Name the receiver after what posts to it."),
        ({"target": "existing"}, "Choose the service"),
        ({"target": ""}, "Choose which service it feeds."),
        ({"new_service": ""}, "Name the new service."),
        ({"new_service": "api gateway"}, "API Gateway"),
        ({"target": "named", "service_name_field": "a..b"}, "dot with no key"),
    ],
)
def test_mistakes_are_said_and_nothing_is_made(
    client, sign_in, organization, fields, sentence
):
    sign_in()
    make_service(organization=organization, name="API Gateway")
    form = {
        "name": "Deploys",
        "target": "new",
        "new_service": "Fresh",
        "auto_create_incidents": "never",
    }
    page = client.post(f"{ADD}?sender=github", form | fields)
    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert not Receiver.objects.exists()
    assert Service.objects.count() == 1


def test_unknown_sender_starts_again(client, sign_in):
    sign_in()
    assert "senders" in client.get(ADD, {"sender": "nobody"}).context


def test_service_that_one_came_from_is_chosen(client, sign_in, organization):
    sign_in()
    make_service(organization=organization)
    service = make_service(organization=organization)
    page = client.get(ADD, {"service": str(service.pk)}).content.decode()
    assert f"service={service.pk}" in page
    page = client.get(ADD, {"sender": "", "service": str(service.pk)})
    assert str(page.context["form"]["service"].value()) == str(service.pk)


def test_viewer_makes_no_receiver(client, sign_in):
    sign_in("viewer")
    assert client.get(ADD).status_code == 403
    assert client.post(f"{ADD}?sender=", {"name": "x"}).status_code == 403


def test_first_receipt_turns_the_page_green(client, sign_in, organization):
    sign_in()
    receiver = make_receiver(
        service=make_service(organization=organization, name="API Gateway")
    )
    path = f"{receiver.get_absolute_url()}receipts/"
    assert "Waiting for the first POST" in client.get(path).content.decode()
    client.post(
        f"/api/webhooks/incoming/{receiver.token}",
        '{"status": "down"}',
        content_type="application/json",
    )
    page = client.get(path).content.decode()
    assert "The first POST came in." in page
    assert "API Gateway: operational → down." in page


def test_what_is_to_be_pasted_stands_apart():
    by_name = {preset.name: preset for preset in list_presets()}
    steps = list_steps(by_name["datadog"], "https://x.test/t")
    pasted = next(step for step in steps if step.to_paste)
    assert json.loads(pasted.to_paste)["alert_id"] == "$ALERT_ID"
    steps = list_steps(by_name["alertmanager"], "https://x.test/t")
    assert "https://x.test/t" in next(s.to_paste for s in steps if s.to_paste)


def test_marks_are_two_letters():
    assert make_mark("GitHub") == "GH"
    assert make_mark("Prometheus Alertmanager") == "PA"
    assert make_mark("Datadog") == "Da"
    assert all(len(sender.mark) in (0, 2) for sender in list_senders())


def test_every_sender_has_a_picture_of_ours():
    sprite = Path(find("icons/senders.svg")).read_text()
    drawn = set(re.findall(r'<symbol id="(\w+)"', sprite))
    assert drawn == {sender.name for sender in list_senders() if sender.is_drawn}
    assert drawn <= {preset.name for preset in list_presets()}
    assert {sender.tint for sender in list_senders() if sender.mark} == set(range(1, 9))


def test_parameters_are_copied_one_by_one(client, sign_in, organization):
    sign_in()
    by_name = {preset.name: preset for preset in list_presets()}
    steps = list_steps(by_name["zabbix"], "https://x.test/t")
    pairs = dict(next(step.pairs for step in steps if step.pairs))
    assert pairs["url"] == "https://x.test/t"
    assert pairs["event_value"] == "{EVENT.VALUE}"
    receiver = make_receiver(organization=organization, preset="zabbix")
    page = client.get(receiver.get_absolute_url()).content.decode()
    assert 'data-copy-text="event_nseverity"' in page
    assert 'data-copy-text="{EVENT.NSEVERITY}"' in page
