"""A POST that is sent twice with the same key is done once."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.idempotency import ABANDONED, KEPT
from accounts.models import IdempotentRequest
from tests import factories
from tests.api.conftest import Api
from tests.api.test_resources import BODIES, assert_problem


@pytest.mark.parametrize("name", BODIES)
def test_second_post_gets_the_first_answer(api, name):
    body = BODIES[name][0]
    first = api.post(name, body, Idempotency_Key="one")
    second = api.post(f"{name}/", body, Idempotency_Key="one")
    assert (second.status_code, second.json()) == (201, first.json())
    assert second["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    if name != "alerts":
        assert len(api.get(name).json()["results"]) == 1


def test_other_body_is_refused(api):
    api.post("services", {"name": "One"}, Idempotency_Key="one")
    response = api.post("services", {"name": "Two"}, Idempotency_Key="one")
    assert_problem(response, 422, "idempotency_key_reused")


def test_other_address_is_refused(api, organization):
    incident = factories.make_incident(organization=organization)
    path = f"incidents/{incident.pk}"
    api.post(f"{path}/acknowledge", Idempotency_Key="one")
    response = api.post(f"{path}/resolve", Idempotency_Key="one")
    assert_problem(response, 422, "idempotency_key_reused")


def test_keys_of_others_do_not_matter(api, make_api):
    api.post("services", {"name": "One"}, Idempotency_Key="one")
    response = make_api().post("services", {"name": "Two"}, Idempotency_Key="one")
    assert response.status_code == 201


def test_refused_post_may_be_mended(api):
    first = api.post("services", {"name": ""}, Idempotency_Key="one")
    assert_problem(first, 400)
    second = api.post("services", {"name": "One"}, Idempotency_Key="one")
    assert second.status_code == 201


def test_running_post_is_a_conflict(api):
    api.post("services", {"name": "One"}, Idempotency_Key="one")
    IdempotentRequest.objects.update(status_code=None)
    response = api.post("services", {"name": "One"}, Idempotency_Key="one")
    assert_problem(response, 409, "idempotency_key_running")
    assert response["Retry-After"] == "1"


def test_abandoned_post_is_done_again(api):
    long_ago = timezone.now() - ABANDONED - timedelta(seconds=1)
    api.post("services", {"name": "One"}, Idempotency_Key="one")
    IdempotentRequest.objects.update(status_code=None, created_at=long_ago)
    response = api.post("services", {"name": "Two"}, Idempotency_Key="one")
    assert response.status_code == 201


def test_old_key_may_be_used_again(api):
    long_ago = timezone.now() - KEPT - timedelta(seconds=1)
    api.post("services", {"name": "One"}, Idempotency_Key="one")
    IdempotentRequest.objects.update(created_at=long_ago)
    response = api.post("services", {"name": "Two"}, Idempotency_Key="one")
    assert response.status_code == 201


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "x" * 256, "a\tb"])
def test_bad_key_is_said(api, key):
    response = api.post("services", {"name": "One"}, Idempotency_Key=key)
    assert "Idempotency-Key" in assert_problem(response, 400)["errors"]


def test_stored_answer_is_encrypted(make_api):
    made = make_api("admin").post("api-keys", {"name": "CI"}, Idempotency_Key="one")
    stored = IdempotentRequest.objects.get()
    assert stored.response.startswith("v1:")
    assert made.json()["key"] not in stored.response


def test_without_a_key_nothing_is_stored(db):
    response = Api("sp_unknown").post("services", {}, Idempotency_Key="one")
    assert_problem(response, 401)
    assert not IdempotentRequest.objects.exists()


def test_verify_is_sent_once(api, sink):
    for _ in range(2):
        body = {"url": sink.url}
        response = api.post("webhooks/verify", body, Idempotency_Key="one")
        assert response.json()["delivered"] is True
    assert len(sink.requests) == 1


@pytest.mark.django_db(transaction=True)
def test_posts_at_once_are_done_once():
    _, text = factories.make_api_key(scope="write")
    answers = []
    start = threading.Barrier(4)

    def post():
        try:
            start.wait(5)
            body = {"name": "One"}
            answers.append(Api(text).post("services", body, Idempotency_Key="one"))
        finally:
            connection.close()

    threads = [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = {json.loads(a.content)["id"] for a in answers if a.status_code == 201}
    assert len(made) == 1
    assert {a.status_code for a in answers} <= {201, 409}
