"""The shapes in which a monitor tells of its runs, and what each is sent as. Pure.

Source: https://docs.meter.sh/guides/webhooks and the public client's documentation of
``webhook_type`` (meter-sdk 0.8.0), read 2026-11.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

STANDARD = "standard"
SLACK = "slack"
SLACK_WORKFLOW = "slack_workflow"
DISCORD = "discord"
EMAIL = "email"
TYPES = (STANDARD, SLACK, SLACK_WORKFLOW, DISCORD, EMAIL)

_SLACK_HOSTS = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})
#: Addresses of Slack's workflows, which take variables that their makers named.
_WORKFLOWS = ("/workflows/", "/triggers/")
_DISCORD = "discord.com"
_OLD_DISCORD = "discordapp.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """How a type goes out, in the words of destinations."""

    kind: str  #: webhook, chat or email
    format: str


SENDINGS = {
    STANDARD: Sending(kind="webhook", format="content_change"),
    # Whoever knows the address of a chat may post there: it is kept like a secret.
    SLACK: Sending(kind="chat", format="slack"),
    SLACK_WORKFLOW: Sending(kind="chat", format="slack_workflow"),
    DISCORD: Sending(kind="chat", format="discord"),
    EMAIL: Sending(kind="email", format="message"),
}


def detect_type(url: str) -> str:
    """Return the type that fits an address; what is none of the others is standard."""
    text = url.strip()
    if text[:7].lower() == "mailto:" or ("@" in text and "://" not in text):
        return EMAIL
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return STANDARD
    if host in _SLACK_HOSTS:
        return SLACK_WORKFLOW if parts.path.startswith(_WORKFLOWS) else SLACK
    if host in (_DISCORD, _OLD_DISCORD) or host.endswith(f".{_DISCORD}"):
        # Discord takes Slack's format too, at an address of its own.
        return SLACK if parts.path.rstrip("/").endswith("/slack") else DISCORD
    return STANDARD
