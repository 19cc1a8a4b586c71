"""A program that speaks the client's interface, and a site for it to read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from monitors.models import Job, Schedule, Strategy
from tests.e2e.meter_site import Site
from tests.factories import (
    make_api_key,
    make_monitor,
    make_organization,
    make_strategy,
)
from tests.processes import free_port


class Program:
    """Sends JSON with a key; paths are below /api/."""

    def __init__(self, key: str = "") -> None:
        self.client = Client()
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.generic(
            method,
            f"/api/{path}",
            b"" if method == "GET" else content,
            content_type="application/json",
            headers={**self.headers, **given},
        )

    def get(self, path: str) -> Any:
        return self.send("GET", path)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None) -> Any:
        return self.send("PATCH", path, body)

    def delete(self, path: str) -> Any:
        return self.send("DELETE", path)


@pytest.fixture
def organization(db):
    return make_organization()


@pytest.fixture
def make_program(organization):
    """Return a program with a new key of a scope."""

    def make(scope: str = "write", *, owner: Any = None) -> Program:
        _, text = make_api_key(organization=owner or organization, scope=scope)
        return Program(text)

    return make


@pytest.fixture
def program(make_program):
    return make_program()


@pytest.fixture
def site(make_sink):
    return Site(make_sink())


@pytest.fixture
def free_url():
    """Return the address of a port where nobody listens."""
    return f"http://127.0.0.1:{free_port()}/"


@pytest.fixture
def strategy(organization):
    return make_strategy(organization=organization)


@pytest.fixture
def monitor(strategy):
    return make_monitor(strategy=strategy)


def check(answer, status, *words):
    """Check the shape of a refusal and what its sentence says."""
    body = answer.json()
    assert answer.status_code == status, body
    assert answer["Content-Type"] == "application/problem+json"
    assert body["status"] == status
    assert body["title"]
    for word in words:
        assert word in body["detail"]


@pytest.fixture
def unchanged():
    """Whatever is refused leaves nothing behind."""
    yield
    assert not Job.objects.exists()
    assert Strategy.objects.count() + Schedule.objects.count() <= 2
