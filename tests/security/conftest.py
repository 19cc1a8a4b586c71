"""Two organizations that know nothing of each other, and programs with their keys."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from tests.security.world import build_world


@pytest.fixture
def ours(db):
    """The organization that everything is tried on."""
    return build_world("OURS-MARK")


@pytest.fixture
def theirs(db):
    """Another organization, whose people and keys try it."""
    return build_world("THEIR-MARK")


class Program:
    """A client of the REST API with a key."""

    def __init__(self, key: str) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}

    def send(self, method: str, path: str, body: Any = None) -> Any:
        content = "" if method == "GET" else json.dumps({} if body is None else body)
        return self.client.generic(
            method,
            path,
            content,
            content_type="application/json",
            headers=self.headers,
        )


@pytest.fixture
def make_program():
    return Program
