"""Somebody follows a status page by e-mail: real processes, a real mail server."""

from __future__ import annotations

import re

import pytest
import requests

from tests.e2e.installation import Installation
from tests.smtp_server import Mailbox

pytestmark = pytest.mark.slow

ADDRESS = "ann@example.com"
SECONDS = 60


@pytest.fixture
def letters():
    server = Mailbox()
    yield server
    server.close()


@pytest.fixture
def mailing(make_product, sink, letters):
    """A running product that sends its mail there."""
    product = make_product(EMAIL_URL=f"smtp://127.0.0.1:{letters.port}")
    product.start()
    return Installation(product, sink)


def ask(mailing, letters):
    """Ask on the page to follow it; return the link of the mail that comes."""
    form = f"{mailing.product.url}/status/acme/follow/"
    asked = requests.post(form, {"kind": "email", "address": ADDRESS}, timeout=20)
    assert "Look into your mailbox" in asked.text
    (mail,) = letters.wait_for(1, SECONDS)
    return re.search(r"http\S+/confirm/\S+", mail.message.get_content())[0]


def test_from_the_form_to_the_last_mail(mailing, letters):
    mailing.set_up(event_types=[])
    services = [mailing.service["id"]]
    mailing.call("POST", "status-pages", slug="acme", title="Acme", services=services)
    link = ask(mailing, letters)
    assert "Yes, follow" in requests.get(link, timeout=20).text
    mailing.call("POST", "incidents", title="Before", services=services)
    assert "You follow Acme" in requests.post(link, timeout=20).text

    incident = mailing.call("POST", "incidents", title="Down", services=services)
    mail = letters.wait_for(2, SECONDS)[1].message
    assert (mail["To"], mail["Subject"]) == (ADDRESS, "Acme: Down")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    path = f"incidents/{incident['id']}"
    mailing.call("POST", f"{path}/updates", message="Disks fail.")
    mail = letters.wait_for(3, SECONDS)[2]
    assert "Disks fail." in mail.part("plain")
    link = "".join(mail.message["List-Unsubscribe"].split()).strip("<>")
    assert link in mail.part("plain")
    one_click = {"List-Unsubscribe": "One-Click"}
    assert requests.post(link, one_click, timeout=20).status_code == 200

    mailing.call("POST", f"{path}/resolve")
    deliveries = mailing.call("GET", "deliveries")["results"]
    assert [each["status"] for each in deliveries] == ["delivered"] * 2
    assert len(letters.mails) == 3
