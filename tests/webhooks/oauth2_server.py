"""An OAuth2 token server on loopback: gives numbered tokens to clients it knows."""

from __future__ import annotations

import base64
import dataclasses
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote_plus

from tests.factories import make_delivery, make_destination
from tests.http_server import Answer, Request, Sink
from webhooks.models import Delivery, Destination

SECRET = "cl1ent secret&more"
_numbers = itertools.count(1)


@dataclass
class TokenServer(Sink):
    """Answers `/token`; everything else is an endpoint that wants a bearer token."""

    #: Another one for each server: tokens are kept by client, and ports come again.
    client_id: str = field(default_factory=lambda: f"client {next(_numbers)}")
    takes_header: bool = True
    takes_body: bool = True
    lifetime: object = 3600
    answers: list[Answer] = field(default_factory=list)  # instead, to the first ones
    asked: list[Request] = field(default_factory=list)
    given: int = 0
    #: which tokens the endpoint takes
    is_good: Callable[[str], bool] = field(default=lambda _token: True)

    def record(self, request: Request) -> Answer:
        if request.path != "/token":
            scripted = super().record(request)
            return self._guard(request) or scripted
        self.asked.append(request)
        if self.answers:
            return self.answers.pop(0)
        if self._find_client(request) != (self.client_id, SECRET):
            return refuse(401, "invalid_client", "who are you")
        self.given += 1
        return say(
            {
                "access_token": f"token-{self.given}",
                "token_type": "Bearer",
                "expires_in": self.lifetime,
            }
        )

    def _find_client(self, request: Request) -> tuple[str, str] | None:
        header = request.headers.get("Authorization", "")
        form = parse_qs(request.body.decode())
        if header.startswith("Basic ") and self.takes_header:
            pair = base64.b64decode(header.removeprefix("Basic ")).decode()
            name, _, secret = pair.partition(":")
            return unquote_plus(name), unquote_plus(secret)
        if "client_secret" in form and self.takes_body:
            return form["client_id"][0], form["client_secret"][0]
        return None

    def _guard(self, request: Request) -> Answer | None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return None if self.is_good(token) else Answer(401, b"who are you?")


def say(document: object, status: int = 200) -> Answer:
    return Answer(
        status, json.dumps(document).encode(), [("Content-Type", "application/json")]
    )


def refuse(status: int, error: str, description: str = "") -> Answer:
    return say({"error": error, "error_description": description}, status)


def give(text: str, **more: object) -> Answer:
    """Answer with this token; `more` are fields of the Answer."""
    answer = say({"access_token": text, "token_type": "bearer"})
    return dataclasses.replace(answer, **more)


def make_guarded(server: TokenServer, **fields: Any) -> Destination:
    """Make a webhook whose token and endpoint are the server's."""
    defaults = {
        "url": f"{server.url}hook",
        "auth_method": "oauth2",
        "oauth2_token_url": f"{server.url}token",
        "oauth2_client_id": server.client_id,
        "oauth2_client_secret": SECRET,
    }
    return make_destination(**defaults | fields)


def make_due(server: TokenServer, *, count: int = 1, **fields: Any) -> list[Delivery]:
    """Make deliveries of one such webhook, due now."""
    destination = make_guarded(server, **fields)
    return [make_delivery(destination=destination) for _ in range(count)]
