"""What docs/wire_format.md tells receivers to run does take real deliveries."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from integrations_project.lib.signing import generate_ed25519_secret, generate_secret
from tests.factories import make_destination
from webhooks.engine.wire import build_recipient, build_request

pytestmark = pytest.mark.django_db

PAGE = Path(__file__).parents[2] / "docs" / "wire_format.md"
PLAIN, SECRET, KEY = "s3cret", generate_secret(), generate_ed25519_secret()
USUAL_NAMES = {"hmac_sha256_prefixed": "X-Hub-Signature-256"}


def read_blocks(title):
    """Return the Python blocks below a heading, each as its `check`."""
    section = re.split(r"^### ", PAGE.read_text(), flags=re.MULTILINE)
    (text,) = (each for each in section if each.startswith(title))
    checks = []
    for source in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        names: dict[str, object] = {}
        exec(source, names)  # our own page
        checks.append(names["check"])
    assert checks
    return checks


def sign(now, **fields):
    destination = make_destination(**fields)
    request = build_request(
        build_recipient(destination),
        key=1,
        message_id="0190-msg",
        body=b'{"n":1}',
        timestamp=now,
    )
    return destination, dict(request.headers), request.body


@pytest.mark.parametrize(
    ("title", "signature", "secret"),
    [
        ("Check `standard_webhooks`", "standard_webhooks", SECRET),
        ("Check `ed25519`", "ed25519", KEY),
        ("Check `hmac_hex` and", "hmac_hex", PLAIN),
        ("Check `hmac_hex` and", "hmac_sha256_prefixed", SECRET),
        ("Check `shared_secret`", "shared_secret", PLAIN),
    ],
)
def test_checks_on_the_page_take_what_is_sent(title, signature, secret):
    destination, headers, body = sign(
        int(time.time()), signature=signature, secret=secret
    )
    held = destination.public_key or secret
    more = {"name": USUAL_NAMES[signature]} if signature in USUAL_NAMES else {}
    for check in read_blocks(title):
        assert check(held, headers, body, **more) is not False
        if signature != "shared_secret":
            with pytest.raises(Exception, match=r"(?i)signature|^$|refused"):
                assert check(held, headers, body + b" ", **more), "refused"
