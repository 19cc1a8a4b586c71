"""Which destinations go by a courier, and their requests."""

from __future__ import annotations

import re

from webhooks.chat.addresses import is_web_address
from webhooks.engine.chat_service import ServiceCourier
from webhooks.engine.mail import UNSUBSCRIBE_HEADER, MailCourier
from webhooks.engine.messages import HttpOutcome, HttpRequest
from webhooks.engine.postman import send_by_courier
from webhooks.engine.transport import send
from webhooks.models import Destination
from webhooks.validation import net_policy

#: Parts of an address that are long or have a digit: tokens, as a rule.
_PART = re.compile(r"[^/?&=@:#,;+]+")
SHORTEST = 6


def make_courier(destination: Destination) -> MailCourier | ServiceCourier | None:
    """Return who carries a destination's messages; None leaves them to libcurl."""
    match destination.kind:
        case Destination.Kind.EMAIL:
            link = destination.headers.get(UNSUBSCRIBE_HEADER, "").strip("<>")
            return MailCourier(tuple(destination.recipients), unsubscribe_url=link)
        case Destination.Kind.CHAT if not is_web_address(destination.service_url):
            return ServiceCourier(destination.service_url)
        case _:
            return None


def find_address(destination: Destination) -> str:
    """Return where requests go; a chat tool's address is kept like a secret."""
    address: str = destination.service_url
    if destination.kind == Destination.Kind.CHAT and is_web_address(address):
        return address
    return destination.url


def list_address_secrets(destination: Destination) -> tuple[str, ...]:
    """Return the parts of a chat tool's address that must not be shown, longest first.

    An answer or an error may repeat them.
    """
    address = destination.service_url
    if destination.kind != Destination.Kind.CHAT or not address:
        return ()
    rest = address.partition("://")[2]
    if is_web_address(address):
        rest = rest.partition("/")[2]
    parts = {
        part
        for part in _PART.findall(rest)
        if len(part) >= SHORTEST and any(c.isdigit() for c in part)
    }
    return tuple(sorted({address, rest, *parts} - {""}, key=len, reverse=True))


def send_now(request: HttpRequest) -> HttpOutcome:
    """Send one request and wait, by its courier or by libcurl, whoever carries it."""
    if request.courier is not None:
        return send_by_courier(request)
    return send(request, policy=net_policy())
