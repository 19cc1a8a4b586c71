"""An OAuth2 token server on loopback: gives numbered tokens to clients it knows."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote_plus

from tests.http_server import Answer, Request, Sink

CLIENT = ("signalpost", "cl1ent secret&more")


@dataclass
class TokenServer(Sink):
    """Answers `/token`; everything else is an endpoint that wants a bearer token."""

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
        if self._find_client(request) != CLIENT:
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
