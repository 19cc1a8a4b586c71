"""A site whose pages change between runs, and the client that watches it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from meter_sdk import MeterClient, MeterError

from tests.http_server import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.http_server import Sink
    from tests.processes import Product

#: What CSS selectors of the shop say.
SHOP = {
    "items": ".product",
    "fields": {
        "title": "h2",
        "price": {"selector": ".price", "type": "number"},
        "link": "a@href",
    },
}
HTML = [("Content-Type", "text/html; charset=utf-8")]
JSON = [("Content-Type", "application/json")]
WAIT_SECONDS = 30


class Site:
    """Pages of a shop on a loopback server; what they say is changed by a test."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.url = sink.url.rstrip("/")
        sink.always(Answer(status=404, body=b"Not here", headers=HTML))
        self.docs(basic=5)
        self.shop(("Kettle", "19.99"), ("Toaster", "29.99"))
        self.api(("Kettle", 19.99), ("Toaster", 29.99))

    def docs(self, *, basic: int, extra: str = "") -> None:
        """Say `/docs`: two sections, and one more when there is an extra text."""
        more = f"<h2>Enterprise</h2><p>{extra}</p>" if extra else ""
        self.say(
            "/docs",
            "<html><head><title>Docs</title></head><body><h1>Prices</h1>"
            f"<p>Basic: {basic} €</p><h2>Support</h2><p>By mail.</p>{more}</body>",
        )

    def shop(self, *products: tuple[str, str], path: str = "/shop") -> None:
        """Say `/shop`: a list of products."""
        rows = "".join(
            f'<div class="product"><h2>{title}</h2><span class="price">${price}</span>'
            f'<a href="/p/{title.lower()}">more</a></div>'
            for title, price in products
        )
        self.say(path, f"<html><body>{rows}</body></html>")

    def api(self, *products: tuple[str, float]) -> None:
        """Say `/api/products`: the same as JSON."""
        rows = [{"name": name, "cost": {"amount": cost}} for name, cost in products]
        body = json.dumps({"data": {"products": rows}}).encode()
        self.sink.always(Answer(body=body, headers=JSON), path="/api/products")

    def say(self, path: str, html: str) -> None:
        self.sink.always(Answer(body=html.encode(), headers=HTML), path=path)


def make_client(product: Product, *, scope: str = "write") -> MeterClient:
    """Return the public client with a new key; close it."""
    key = product.manage(
        "create_api_key", "--organization=default", "--name=sdk", f"--role={scope}"
    )
    return MeterClient(api_key=key.strip(), base_url=product.url)


def wait_until(find: Callable[[], Any], seconds: float = WAIT_SECONDS) -> Any:
    """Return what is found as soon as it is something."""
    deadline = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < deadline, f"Nothing in {seconds} s"
        time.sleep(0.2)
    return found


def refusal(call, *args, **options) -> str:
    """Return what the client says when a call is refused."""
    with pytest.raises(MeterError) as caught:
        call(*args, **options)
    text = str(caught.value)
    assert text.startswith("API error: ")
    assert "://" not in text.partition("for url")[2], f"no sentence: {text}"
    return text.removeprefix("API error: ")


def let_it_be_due(product, schedule_id):
    """Bring the next slot of a schedule to now; the least interval is a minute."""
    product.manage(
        "shell",
        "--no-imports",
        "-c",
        "from django.utils import timezone;"
        "from monitors.models import Schedule;"
        f"Schedule.objects.filter(pk='{schedule_id}')"
        ".update(next_run_at=timezone.now())",
    )


def wait_for_jobs(client, schedule_id, count):
    """Return the runs of a schedule, newest first, when so many have ended."""

    def find():
        jobs = client.list_jobs(schedule_id=schedule_id)
        ended = [j for j in jobs if j["status"] in ("completed", "failed")]
        return ended if len(ended) == len(jobs) >= count else None

    return wait_until(find)
