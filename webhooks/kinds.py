"""What follows from a destination's kind: its shown address, its usual format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from webhooks.chat.addresses import (
    find_chat_format,
    is_masked,
    is_web_address,
    mask_address,
)

if TYPE_CHECKING:
    from webhooks.models import Destination

#: The format that a destination gets when nobody chose one.
DEFAULT_FORMAT = "standard"
#: What goes by e-mail or through Apprise.
MESSAGE_FORMAT = "message"
#: What goes by a POST to a chat tool.
CHAT_FORMATS = frozenset({"slack", "slack_workflow", "teams", "discord"})
MAX_SHOWN_LENGTH = 1000
MAILTO = "mailto:"


def settle_kind(destination: Destination) -> None:
    """Fill in what follows from the kind; safe to repeat.

    E-mail: the recipients cleaned, each once; ``url`` becomes their ``mailto:``. A new
    one without recipients takes them from ``url``.
    Chat: a whole address typed into ``url`` moves to ``service_url``, which is kept
    like a secret, and ``url`` shows its host alone. Both: the format that fits takes
    the place of the default one.
    """
    if destination.kind == "email":
        if not destination.recipients and destination._state.adding:
            destination.recipients = read_recipients(destination.url)
        destination.recipients = normalize_recipients(destination.recipients)
        destination.url = show_recipients(destination.recipients)
        _settle_format(destination, MESSAGE_FORMAT)
    elif destination.kind == "chat":
        if destination.url and not is_masked(destination.url):
            destination.service_url = destination.url.strip()
        address = destination.service_url
        destination.url = mask_address(address) or destination.url
        if is_web_address(address):
            _settle_format(destination, find_chat_format(address))
        elif address:
            _settle_format(destination, MESSAGE_FORMAT)


def normalize_recipients(recipients: Any) -> Any:
    """Return the addresses trimmed, each once, in their order; no list stays as it is.

    Two that differ in case alone are one.
    """
    if not isinstance(recipients, list) or not all(
        isinstance(each, str) for each in recipients
    ):
        return recipients
    kept: dict[str, str] = {}
    for each in recipients:
        address = each.strip()
        if address:
            kept.setdefault(address.lower(), address)
    return list(kept.values())


def read_recipients(url: str) -> list[str]:
    """Return the addresses of ``mailto:a@x.example,b@y.example``, or of bare ones.

    A web address holds none. What is no address is returned as it is, to be judged
    with the others.
    """
    text = url.strip()
    if text[: len(MAILTO)].lower() == MAILTO:
        text = unquote(text[len(MAILTO) :].partition("?")[0])
    elif "@" not in text or "://" in text:
        return []
    return [each.strip() for each in text.split(",") if each.strip()]


def show_recipients(recipients: Any) -> str:
    """Return ``mailto:a@x.example,b@y.example``; a long list ends in ``…``."""
    if not isinstance(recipients, list) or not recipients:
        return ""
    shown = MAILTO
    for number, address in enumerate(recipients):
        part = f"{',' if number else ''}{address}"
        if len(shown) + len(part) > MAX_SHOWN_LENGTH:
            return f"{shown},…"
        shown += part
    return shown


def _settle_format(destination: Destination, name: str) -> None:
    # A format of the other way to reach a chat tool was not chosen for this address.
    others = {MESSAGE_FORMAT} if name != MESSAGE_FORMAT else CHAT_FORMATS
    is_chat = destination.kind == "chat"
    if name and (
        destination.format in ("", DEFAULT_FORMAT)
        or (is_chat and destination.format in others)
    ):
        destination.format = name
