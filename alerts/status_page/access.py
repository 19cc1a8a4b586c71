"""Who may see a private page: a network, or who knows the password. No session.

The password is asked once: a signed cookie of the page's own says that it was right,
until it is another one. Programs send it by HTTP Basic, under any user name.
"""

from __future__ import annotations

import base64
import binascii
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from django.contrib.auth.hashers import check_password
from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

from alerts.status_page.networks import is_within

if TYPE_CHECKING:
    from django.http import HttpRequest

    from alerts.models import StatusPage

SALT = "signalpost.status_page"
COOKIE_SECONDS = 14 * 24 * 3600
MAX_FAILURES = 10
FAILURE_SECONDS = 15 * 60
#: Of addresses that were wrong lately, and of passwords that were right.
MAX_REMEMBERED = 10_000
MAX_PASSWORD_LENGTH = 1000


class Guard:
    """Checks passwords, slowly for those who guess.

    Memory of this process: ten wrong ones from an address within a quarter of an hour
    and no more are checked. A right one is remembered by its digest, since checking
    is made slow on purpose and programs send it each time.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: dict[tuple[str, str], list[float]] = {}
        self._right: dict[str, None] = {}
        self._lock = threading.Lock()

    def is_locked(self, page: StatusPage, address: str | None) -> bool:
        """Whether an address guessed too often."""
        with self._lock:
            return len(self._list_recent(page, address)) >= MAX_FAILURES

    def check(self, page: StatusPage, password: str, *, address: str | None) -> bool:
        """Whether it is the page's password; a wrong one counts against the address."""
        if not page.password or not 0 < len(password) <= MAX_PASSWORD_LENGTH:
            return False
        digest = salted_hmac(SALT, f"{page.password}\0{password}").hexdigest()
        if digest in self._right:
            return True
        is_right = check_password(password, page.password)
        with self._lock:
            if is_right:
                if len(self._right) >= MAX_REMEMBERED:
                    self._right.clear()
                self._right[digest] = None
            else:
                self._count(page, address)
        return is_right

    def _count(self, page: StatusPage, address: str | None) -> None:
        recent = [*self._list_recent(page, address), self._clock()]
        if len(self._failures) >= MAX_REMEMBERED:
            self._failures.clear()
        self._failures[str(page.pk), address or ""] = recent

    def _list_recent(self, page: StatusPage, address: str | None) -> list[float]:
        since = self._clock() - FAILURE_SECONDS
        times = self._failures.get((str(page.pk), address or ""), ())
        return [at for at in times if at > since]


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
