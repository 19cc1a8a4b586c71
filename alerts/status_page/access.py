"""Who may see a private page: a network, or who knows the password. No session.

The password is asked once: a signed cookie of the page's own says that it was right,
until it is another one. Programs send it by HTTP Basic, under any user name.
"""

from __future__ import annotations

import base64
import binascii
import threading
from typing import TYPE_CHECKING, NamedTuple

from django.contrib.auth.hashers import check_password
from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.limits import Limit, count_request, find_wait, forget_requests
from alerts.status_page.networks import is_within

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

    from alerts.models import StatusPage

SALT = "signalpost.status_page"
COOKIE_SECONDS = 14 * 24 * 3600
#: Wrong ones, of an address and a page.
FAILURES = Limit(name="status page password", count=10, seconds=15 * 60)
#: Of passwords that were right.
MAX_REMEMBERED = 10_000
MAX_PASSWORD_LENGTH = 1000


class Guard:
    """Checks passwords, slowly for those who guess.

    Ten wrong ones from an address within a quarter of an hour, in all processes
    together, and no more are checked. A right one is remembered by its digest in this
    process, since checking is made slow on purpose and programs send it each time.
    """

    def __init__(self) -> None:
        self._right: dict[str, None] = {}
        self._lock = threading.Lock()

    def find_wait(self, page: StatusPage, address: str | None, *, now: datetime) -> int:
        """Return for how many seconds an address guessed too often; 0 if it did not."""
        return find_wait(FAILURES, str(page.pk), address, now=now)

    def check(
        self, page: StatusPage, password: str, *, address: str | None, now: datetime
    ) -> bool:
        """Whether it is the page's password; a wrong one counts against the address."""
        if not page.password or not 0 < len(password) <= MAX_PASSWORD_LENGTH:
            return False
        digest = salted_hmac(SALT, f"{page.password}\0{password}").hexdigest()
        if digest in self._right:
            return True
        # Counted before it is checked: many at the same moment are no way around.
        if count_request(FAILURES, str(page.pk), address, now=now):
            return False
        if not check_password(password, page.password):
            return False
        forget_requests(FAILURES, str(page.pk), address)
        with self._lock:
            if len(self._right) >= MAX_REMEMBERED:
                self._right.clear()
            self._right[digest] = None
        return True


guard = Guard()


class Cookie(NamedTuple):
    """What a browser keeps once the password was right."""

    name: str
    value: str


def build_cookie(page: StatusPage) -> Cookie:
    """Return the cookie that says that the password was right."""
    value = signing.TimestampSigner(salt=SALT).sign(_fingerprint(page))
    return Cookie(f"status_{page.pk.hex}", value)


def has_cookie(request: HttpRequest, page: StatusPage) -> bool:
    """Whether the browser showed the present password within the last two weeks."""
    given = request.COOKIES.get(f"status_{page.pk.hex}", "")
    try:
        found = signing.TimestampSigner(salt=SALT).unsign(given, max_age=COOKIE_SECONDS)
    except signing.BadSignature:
        return False
    return bool(page.password) and constant_time_compare(found, _fingerprint(page))


def is_from_network(page: StatusPage, address: str | None) -> bool:
    """Whether a client needs no password."""
    return is_within(address, page.allowed_networks)


def read_basic(request: HttpRequest) -> str | None:
    """Return the password of HTTP Basic; None when none is sent, or none readable."""
    scheme, _, content = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(content.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    return text.partition(":")[2]


def _fingerprint(page: StatusPage) -> str:
    return salted_hmac(SALT, f"{page.pk}\0{page.password}").hexdigest()[:32]
