"""A running product with a service, a receiver and a webhook, driven over HTTP."""

from __future__ import annotations

import base64
import itertools
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests

if TYPE_CHECKING:
    from tests.http_server import Request, Sink
    from tests.processes import Product

STATUSES = ("degraded", "down", "operational")


@dataclass(eq=False)
class Installation:
    """What a team has after five minutes: `post()` and see it at `sink`."""

    product: Product
    sink: Sink
    secret: str = field(
        default_factory=lambda: (
            "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
        )
    )
    receiver: dict[str, Any] = field(default_factory=dict)
    webhook: dict[str, Any] = field(default_factory=dict)
    service: dict[str, Any] = field(default_factory=dict)

    def set_up(self, *, event_types=("service.status_changed",), **receiver) -> None:
        """Make everything through the REST API, as an operator's script would."""
        key = self.product.manage(
            "create_api_key", "--organization=default", "--name=e2e", "--role=admin"
        )
        self.headers = {"Authorization": f"Bearer {key.strip()}"}
        self.service = self.call("POST", "services", name="API Gateway")
        self.webhook = self.call(
            "POST",
            "webhooks",
            label="Endpoint",
            url=self.sink.url,
            secret=self.secret,
            event_types=list(event_types),
        )
        self.receiver = self.call(
            "POST",
            "receivers",
            name="Uptime checks",
            service=self.service["id"],
            **receiver,
        )
        self._statuses = itertools.cycle(STATUSES)

    def call(self, method: str, path: str, **body: Any) -> Any:
        """Call the REST API and return what it answers."""
        response = requests.request(
            method,
            f"{self.product.url}/api/v1/{path}",
            json=body if method != "GET" else None,
            params=body if method == "GET" else None,
            headers=self.headers,
            timeout=10,
        )
        assert response.ok, f"{method} {path}: {response.status_code} {response.text}"
        return response.json() if response.content else None

    def post(self, status: str = "", message: str = "") -> requests.Response:
        """Post a status to the receiver; without one, always another than before."""
        body = {"status": status or next(self._statuses), "message": message}
        path = urlsplit(self.receiver["url"]).path
        return requests.post(f"{self.product.url}{path}", json=body, timeout=10)

    def tell(self, message: str) -> bool:
        """Post a change of the status; returns whether it was taken as one."""
        for _ in STATUSES:
            response = self.post(message=message)
            if response.ok and response.json()["result"] == "processed":
                return True
        return False

    def seen_ids(self) -> set[str]:
        """Return the ids of all events that the endpoint got."""
        return {each.headers["webhook-id"] for each in list(self.sink.requests)}

    def list_event_ids(self) -> set[str]:
        """Return the ids of all events that are committed."""
        script = (
            "from webhooks.models import Delivery;"
            "[print(each) for each in Delivery.objects.values_list('event', flat=True)]"
        )
        printed = self.product.manage("shell", "--no-imports", "-c", script)
        return set(printed.split())

    def wait_for_message(self, message: str, seconds: float) -> Request | None:
        """Return the request that told of this message, or None after the time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for each in reversed(list(self.sink.requests)):
                if message.encode() in each.body:
                    return each
            time.sleep(0.02)
        return None
