"""The admin in a real browser: under the strict policy, and open to everybody."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = (
    "",
    "webhooks/destination/",
    "webhooks/destination/add/",
    "webhooks/delivery/",
    "receivers/receiver/add/",
    "alerts/service/add/",
    "alerts/incident/",
    "accounts/user/add/",
    "accounts/auditentry/",
)


def test_webhook_is_added_and_verified(product, signed_in, sink):
    signed_in.goto(f"{product.url}/admin/webhooks/destination/add/")
    signed_in.get_by_label("Label").fill("From the admin")
    signed_in.get_by_label("URL", exact=False).first.fill(sink.url)
    signed_in.get_by_role("button", name="Verify without saving").click()
    signed_in.get_by_role("heading", name="It works").wait_for()
    signed_in.get_by_role("button", name="Save and continue editing").click()
    signed_in.get_by_role("button", name="Verify", exact=True).click()
    signed_in.get_by_role("heading", name="It works").wait_for()
    assert len(sink.requests) == 2


@pytest.mark.parametrize("width", [1280, 390])
def test_pages_fit_and_have_no_barriers(product, signed_in, find_barriers, width):
    signed_in.set_viewport_size({"width": width, "height": 900})
    for path in PAGES:
        signed_in.goto(f"{product.url}/admin/{path}")
        wide = signed_in.evaluate(
            "document.documentElement.scrollWidth > window.innerWidth"
        )
        assert not wide, path
        assert find_barriers(signed_in) == [], path
