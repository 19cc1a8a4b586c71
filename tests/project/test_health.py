from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from monitors.models import Runner
from webhooks.models import Pump

pytestmark = pytest.mark.django_db


def make_turn(model, *, age_seconds=0.0):
    now = timezone.now()
    return model.objects.create(
        host="here",
        process_id=1,
        started_at=now,
        beat_at=now - timedelta(seconds=age_seconds),
        progress_at=now,
    )


def test_ready_with_a_fresh_pump_and_runner(client):
    make_turn(Pump)
    make_turn(Runner)
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_not_ready_without_workers(client):
    response = client.get("/readyz")
    assert response.status_code == 503
    assert [each.partition(":")[0] for each in response.json()["reasons"]] == [
        "No worker delivers",
        "No worker runs monitors",
    ]


@pytest.mark.parametrize(("silent", "fresh"), [(Pump, Runner), (Runner, Pump)])
def test_not_ready_with_a_silent_one(client, silent, fresh):
    make_turn(silent, age_seconds=30)
    make_turn(fresh)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert len(response.json()["reasons"]) == 1


def test_not_ready_while_the_database_is_away(client, break_database):
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["reasons"] == ["The database does not answer."]


def test_process_answers_without_a_database(client, break_database):
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize("path", ["/healthz", "/healthz/", "/readyz", "/readyz/"])
def test_never_redirects(client, path):
    assert client.get(path).status_code in (200, 503)


@pytest.fixture
def break_database():
    """Let every statement fail as it does when the server has gone."""

    def refuse(*_arguments):
        message = "server closed the connection unexpectedly"
        raise OperationalError(message)

    with connection.execute_wrapper(refuse):
        yield
