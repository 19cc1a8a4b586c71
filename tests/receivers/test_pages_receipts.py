"""The pages of receipts: filters, words, replay of several, sample, wipe."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from integrations_project.lib.ids import first_id_at
from receivers.models import Receipt, Receiver
from receivers.presets import get_preset
from tests.factories import (
    make_network,
    make_receipt,
    make_receiver,
    make_service,
)

pytestmark = pytest.mark.django_db

LIST = "/receipts/"
CHOSEN = "/receipts/replay/"


@pytest.fixture
def receiver(organization):
    service = make_service(organization=organization, name="API Gateway")
    return make_receiver(organization=organization, service=service, name="Deploys")


def post(client, receiver, body):
    client.post(
        f"/api/webhooks/incoming/{receiver.token}",
        json.dumps(body),
        content_type="application/json",
    )
    return Receipt.objects.filter(receiver=receiver).latest("id")


def say(answer):
    return [str(message) for message in answer.context["messages"]]


def test_receipts_are_filtered_by_sender(client, sign_in, receiver):
    sign_in()
    make_receipt(receiver=receiver, preset="grafana", raw_status="alerting-so")
    make_receipt(receiver=receiver, preset="", raw_status="plainly-so")
    page = client.get(LIST, {"sender": "grafana"}).content.decode()
    assert "alerting-so" in page
    assert "plainly-so" not in page
    page = client.get(LIST, {"sender": "plain"}).content.decode()
    assert "alerting-so" not in page
    assert "plainly-so" in page
    assert "alerting-so" in client.get(LIST, {"sender": "nobody"}).content.decode()


def test_receipts_are_filtered_by_reason_and_time(client, sign_in, receiver):
    sign_in()
    now = timezone.now()
    make_receipt(receiver=receiver, reason="stale", raw_status="late-one")
    old = make_receipt(
        id=first_id_at(now - timedelta(days=2)),
        receiver=receiver,
        raw_status="old-one",
        received_at=now - timedelta(days=2),
    )

    def shown(**filters):
        page = client.get(LIST, filters).content.decode()
        return [name for name in ("late-one", "old-one") if name in page]

    assert shown(reason="stale") == ["late-one"]
    assert shown(reason="no such\0 reason") == ["late-one", "old-one"]
    assert shown(reason="something_new") == []
    assert shown(since="24h") == ["late-one"]
    assert shown(since="7d") == ["late-one", "old-one"]
    just_before = (old.received_at - timedelta(seconds=1)).isoformat()
    assert shown(since=just_before) == ["late-one", "old-one"]
    assert shown(since=(now - timedelta(days=1)).isoformat()) == ["late-one"]
    for nonsense in ("yesterday", "0001-01-01T00:00:00", "9999-12-31T23:59:59-14:00"):
        assert shown(since=nonsense) == ["late-one", "old-one"]


def test_receipt_says_where_and_of_whom_it_read(client, sign_in, organization):
    sign_in()
    service = make_service(organization=organization, name="API Gateway")
    receiver = make_receiver(
        service=service, preset="alertmanager", status_field="", message_field=""
    )
    receipt = post(client, receiver, get_preset("alertmanager").sample)
    told = client.get(receipt.get_absolute_url()).context["explained"]
    assert told == (
        "Read “firing” at status of a post by Prometheus Alertmanager, which means "
        "down. API Gateway: operational → down."
    )


def test_receipt_says_exactly_why_nothing_changed(client, sign_in, receiver):
    sign_in()
    receipt = post(client, receiver, {"status": "kaputt"})
    page = client.get(receipt.get_absolute_url())
    assert page.context["explained"] == (
        'Read “kaputt” at status. The value "kaputt" means no status here.'
    )
    assert f"mapping/?body={receipt.pk}" in page.content.decode()
    receipt = post(client, receiver, {"state": "down"})
    told = client.get(receipt.get_absolute_url()).context["explained"]
    assert told == 'The status field "status" is missing. The keys there are "state".'


def test_chosen_receipts_are_replayed_the_oldest_first(client, sign_in, receiver):
    sign_in()
    first = post(client, receiver, {"status": "kaputt"})
    second = post(client, receiver, {"status": "heil"})
    refused = make_receipt(receiver=receiver, result="auth_failed")
    Receiver.objects.filter(pk=receiver.pk).update(
        mapping={"down": ["kaputt"], "operational": ["heil"]}
    )
    answer = client.post(
        CHOSEN,
        {
            "receipt": [str(refused.pk), str(second.pk), str(first.pk)],
            "next": f"{LIST}?result=ignored",
        },
        follow=True,
    )
    assert answer.redirect_chain[0][0] == f"{LIST}?result=ignored"
    assert say(answer) == [
        "2 replayed, 2 changed something.",
        "1 not replayed: Its signature was refused, so it may not come from your "
        "sender.",
    ]
    again = Receipt.objects.filter(result="processed").order_by("id")
    assert [receipt.status for receipt in again] == ["down", "operational"]


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ([], "Tick the receipts to replay first."),
        (["nonsense"], "None of the chosen receipts is there any more."),
        ([str(n) for n in range(101)], "101 are chosen; at most 100"),
    ],
)
def test_choice_that_cannot_be_replayed_is_told(
    client, sign_in, receiver, chosen, sentence
):
    sign_in()
    answer = client.post(
        CHOSEN, {"receipt": chosen, "next": "//evil.test/receipts/"}, follow=True
    )
    assert answer.redirect_chain[0][0] == LIST
    assert say(answer)[0].startswith(sentence)


def test_only_own_receipts_are_replayed(client, sign_in, organization, receiver):
    network = make_network(organization=organization)
    sign_in("network_admin", networks=[network])
    foreign = post(client, make_receiver(), {"status": "down"})
    other = post(client, receiver, {"status": "down"})
    count = Receipt.objects.count()
    answer = client.post(
        CHOSEN, {"receipt": [str(foreign.pk), str(other.pk)]}, follow=True
    )
    assert say(answer) == [
        "1 not replayed: It came to a receiver of networks that you do not look after."
    ]
    assert Receipt.objects.count() == count


def test_receipt_is_wiped_after_asking(client, sign_in, receiver):
    sign_in()
    receipt = post(client, receiver, {"status": "down", "who": "somebody"})
    client.post(f"{receipt.get_absolute_url()}sample/")
    path = f"{receipt.get_absolute_url()}wipe/"
    assert "The receipt stays" in client.get(path).content.decode()
    client.post(path)
    receipt.refresh_from_db()
    assert receipt.body == ""
    assert receipt.status == "down"
    receiver.refresh_from_db()
    assert receiver.sample == ""
    page = client.get(receipt.get_absolute_url()).content.decode()
    assert "somebody" not in page
    assert "A person removed body, headers and address" in page
    assert AuditEntry.objects.filter(action="receipt.wiped").count() == 1


def test_viewer_neither_ticks_nor_wipes(client, sign_in, receiver):
    sign_in("viewer")
    receipt = post(client, receiver, {"status": "down"})
    assert 'type="checkbox"' not in client.get(LIST).content.decode()
    assert client.post(CHOSEN, {"receipt": str(receipt.pk)}).status_code == 403
    for name in ("wipe", "sample"):
        path = f"{receipt.get_absolute_url()}{name}/"
        assert client.post(path).status_code == 403


def test_new_url_goes_on_beside_the_old_one(client, sign_in, receiver):
    sign_in()
    path = f"{receiver.get_absolute_url()}rotate/"
    assert "It goes on for 7 days" in client.get(path).content.decode()
    old = receiver.token
    client.post(path, {"overlap": "168"})
    receiver.refresh_from_db()
    for token in (old, receiver.token):
        answer = client.post(
            f"/api/webhooks/incoming/{token}",
            '{"status": "down"}',
            content_type="application/json",
        )
        assert answer.status_code == 200
    page = client.get(receiver.get_absolute_url()).content.decode()
    assert "The old URL still works" in page
    client.post(path, {"overlap": "0"})
    answer = client.post(f"/api/webhooks/incoming/{old}", {})
    assert answer.status_code == 404
