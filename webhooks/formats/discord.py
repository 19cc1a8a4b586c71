"""Messages for Discord's webhooks: one embed, in the colour of what happened.

What others wrote is escaped and cut to what an embed may hold, and nobody is ever
mentioned, whatever an event says.

Source: https://docs.discord.com/developers/resources/webhook#execute-webhook and
…/resources/message#embed-object-embed-limits (read 2026-11).
"""

from __future__ import annotations

import re
from typing import Any

from webhooks.datatypes import EventSnapshot
from webhooks.formats.announcement import announce
from webhooks.formats.base import JSON, WEBHOOK_AND_CHAT, dump, iso
from webhooks.formats.samples import build_sample

MAX_TITLE_LENGTH = 256
MAX_TEXT_LENGTH = 2000  # 4,096 are allowed, but only 6,000 in the whole embed
MAX_NAME_LENGTH = 100
MAX_VALUE_LENGTH = 250
MAX_URL_LENGTH = 2048
_COLOURS = {
    "good": 0x2E7D32,
    "warning": 0xE6A700,
    "bad": 0xC62828,
    "neutral": 0x546E7A,
}
_MARKUP = re.compile(r"([\\`*_~|\[\]<>#])")


class DiscordFormat:
    """``{"embeds": [one], "allowed_mentions": {"parse": []}}``."""

    name = "discord"
    label = "Discord"
    description = "Every event, as a message for a Discord channel."
    kinds = WEBHOOK_AND_CHAT
    content_type = JSON

    def carries(self, event_type: str) -> bool:
        """Carry every type of event."""
        return bool(event_type)

    def render(self, snapshot: EventSnapshot) -> str:
        """Return the message: title, text, facts, link, colour and time."""
        told = announce(snapshot)
        embed: dict[str, Any] = {
            "title": escape(told.title, limit=MAX_TITLE_LENGTH),
            "color": _COLOURS[told.tone],
            "timestamp": iso(snapshot.occurred_at),
        }
        if told.text:
            embed["description"] = escape(told.text, limit=MAX_TEXT_LENGTH)
        if told.facts:
            embed["fields"] = [
                {
                    "name": escape(name, limit=MAX_NAME_LENGTH),
                    "value": escape(value, limit=MAX_VALUE_LENGTH),
                    "inline": True,
                }
                for name, value in told.facts
            ]
        if told.actions:
            # Markdown works here; a webhook of Discord's own may not send buttons.
            links = " · ".join(f"[{label}]({url})" for label, url in told.actions)
            said = embed.get("description")
            embed["description"] = f"{said}\n\n{links}" if said else links
        if told.url.startswith(("https://", "http://")):
            embed["url"] = told.url[:MAX_URL_LENGTH]
        return dump({"embeds": [embed], "allowed_mentions": {"parse": []}})

    def sample(self, event_type: str) -> EventSnapshot:
        """Return a made-up event of the type, else a plain test event."""
        return build_sample(event_type)


def escape(text: str, *, limit: int) -> str:
    """Return a text for Discord: its markup escaped, cut to a length, never empty."""
    escaped = _MARKUP.sub(r"\\\1", text)
    if len(escaped) > limit:
        escaped = escaped[: limit - 1]
        # A lone backslash at the end would escape what follows.
        trailing = len(escaped) - len(escaped.rstrip("\\"))
        escaped = escaped[: len(escaped) - trailing % 2] + "…"
    return escaped or "–"
