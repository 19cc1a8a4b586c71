"""A CI pipeline sets maintenance and operational by curl; its status page follows."""

from __future__ import annotations

import re
import shutil
import subprocess
import time

import pytest
import requests

pytestmark = [pytest.mark.slow, pytest.mark.timed, pytest.mark.curl]
#: A pipeline's own limit; the promise of the page is two seconds.
SECONDS = 10


def run_curl(url, status, message, key):
    """Post a status as docs/status_pages.md tells a pipeline to."""
    done = subprocess.run(
        [
            shutil.which("curl"), "-fsS", "-X", "POST", url,
            "-H", f"Authorization: Bearer {key}",
            "-H", "Content-Type: application/json",
            "-d", f'{{"status": "{status}", "message": "{message}"}}',
        ],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def read_status(installation):
    """Return what the page says, as HTML and as JSON."""
    url = f"{installation.product.url}/status/acme"
    page = requests.get(f"{url}/", timeout=10)
    assert page.ok
    assert not page.cookies
    data = requests.get(f"{url}.json", timeout=10).json()
    found = re.search(r'data-status="(\w+)"', page.text)
    return found[1], data["status"], data["headline"]


def wait_for(installation, status):
    """Return the headline once the page says this, and how long that took."""
    began = time.monotonic()
    while time.monotonic() < began + SECONDS:
        html, json, headline = read_status(installation)
        if html == json == status:
            return headline, time.monotonic() - began
        time.sleep(0.05)
    pytest.fail(f"The page did not say {status} in {SECONDS} s.")


def test_page_shows_what_a_pipeline_sets(installation):
    installation.set_up()
    service = installation.service["id"]
    made = installation.call(
        "POST", "status-pages", slug="acme", title="Acme", services=[service]
    )
    assert made["public"] is True
    assert read_status(installation)[1] == "operational"

    key = installation.headers["Authorization"].removeprefix("Bearer ")
    url = f"{installation.product.url}/api/v1/services/{service}/status"
    run_curl(url, "maintenance", "Deploying 1.2.3", key)
    headline, seconds = wait_for(installation, "maintenance")
    assert headline == "API Gateway is under maintenance"
    assert seconds < 4
    badge = requests.get(f"{installation.product.url}/status/acme/badge.svg", timeout=9)
    assert "maintenance" in badge.text

    run_curl(url, "operational", "Deployed 1.2.3", key)
    headline, _ = wait_for(installation, "operational")
    assert headline == "All systems operational"


def test_page_shows_what_a_pipeline_posts_to_a_receiver(installation):
    installation.set_up()
    service = installation.service["id"]
    installation.call(
        "POST", "status-pages", slug="acme", title="Acme", services=[service]
    )
    path = installation.receiver["url"].partition("/api/")[2]
    url = f"{installation.product.url}/api/{path}"
    run_curl(url, "maintenance", "Deploying", "unused")
    wait_for(installation, "maintenance")
    run_curl(url, "operational", "Deployed", "unused")
    wait_for(installation, "operational")
