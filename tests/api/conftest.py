"""A client of the REST API that holds a key."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest
from django.test import Client

from tests.factories import make_api_key, make_organization


class Api:
    """Sends JSON with a key; paths are below /api/v1/."""

    def __init__(self, key: str = "", *, raises: bool = True) -> None:
        self.client = Client(raise_request_exception=raises)
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is None:
            content = b""
        else:
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.generic(
            method,
            path if path.startswith(("/", "http")) else f"/api/v1/{path}",
            content,
            content_type="application/json",
            headers={**self.headers, **given},
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("PATCH", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("PUT", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.send("DELETE", path, **headers)


@pytest.fixture
def organization(db):
    return make_organization()


@pytest.fixture
def make_api(organization):
    """Return a client with a new key of a scope."""

    def make(scope: str = "write", *, owner: Any = None) -> Api:
        _, text = make_api_key(organization=owner or organization, scope=scope)
        return Api(text)

    return make


@pytest.fixture
def api(make_api):
    return make_api("write")


@pytest.fixture
def unused_url():
    """Return the address of a port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/"
