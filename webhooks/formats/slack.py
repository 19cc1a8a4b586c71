"""Messages for Slack's incoming webhooks: blocks, and a text for notifications.

What others wrote is escaped, so that nobody can mention a channel or hide a link,
and cut to what a block may hold.

Source: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks,
…/messaging/formatting-message-text and …/reference/block-kit/blocks (read 2026-11).
"""

from __future__ import annotations

from typing import Any

from webhooks.datatypes import EventSnapshot
from webhooks.formats.announcement import Announcement, announce
from webhooks.formats.base import JSON, WEBHOOK_AND_CHAT, dump, iso_seconds
from webhooks.formats.samples import build_sample

MAX_SECTION_LENGTH = 3000
MAX_FIELD_LENGTH = 2000
MAX_URL_LENGTH = 3000
_MARKS = {"good": "🟢", "warning": "🟡", "bad": "🔴", "neutral": "🔵"}
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


class SlackFormat:
    """A title, what was said, the facts in two columns and a button to the page."""

    name = "slack"
    label = "Slack"
    description = "Every event, as a message for a Slack channel."
    kinds = WEBHOOK_AND_CHAT
    content_type = JSON

    def carries(self, event_type: str) -> bool:
        """Carry every type of event."""
        return bool(event_type)

    def render(self, snapshot: EventSnapshot) -> str:
        """Return the message; ``text`` is what a notification shows."""
        words = announce(snapshot)
        mark = _MARKS[words.tone]
        return dump(
            {
                "text": f"{mark} {escape(words.title, limit=MAX_SECTION_LENGTH - 2)}",
                "blocks": _build_blocks(words, mark=mark, snapshot=snapshot),
            }
        )

    def sample(self, event_type: str) -> EventSnapshot:
        """Return a made-up event of the type, else a plain test event."""
        return build_sample(event_type)


def escape(text: str, *, limit: int) -> str:
    """Return a text for Slack: its three characters escaped, cut to a length."""
    escaped = text.translate(_ESCAPES)
    if len(escaped) <= limit:
        return escaped
    cut = escaped[: limit - 1]
    start = cut.rfind("&")
    if start > cut.rfind(";"):  # half an entity
        cut = cut[:start]
    return f"{cut}…"


def _build_blocks(
    words: Announcement, *, mark: str, snapshot: EventSnapshot
) -> list[dict[str, Any]]:
    title = escape(words.title, limit=MAX_SECTION_LENGTH - 10)
    heading = {"type": "section", "text": _mrkdwn(f"{mark} *{title}*")}
    blocks: list[dict[str, Any]] = [heading]
    if words.text:
        text = escape(words.text, limit=MAX_SECTION_LENGTH)
        blocks.append({"type": "section", "text": _mrkdwn(text)})
    if words.facts:
        fields = [_mrkdwn(_build_field(*fact)) for fact in words.facts]
        blocks.append({"type": "section", "fields": fields})
    if buttons := _build_buttons(words):
        blocks.append({"type": "actions", "elements": buttons})
    blocks.append({"type": "context", "elements": [_mrkdwn(_build_footer(snapshot))]})
    return blocks


def _build_buttons(words: Announcement) -> list[dict[str, Any]]:
    links = [("Open in Signalpost", words.url), *words.actions]
    return [
        {"type": "button", "text": {"type": "plain_text", "text": label}, "url": url}
        for label, url in links
        if url and len(url) <= MAX_URL_LENGTH
    ]


def _build_field(name: str, value: str) -> str:
    half = MAX_FIELD_LENGTH // 2 - 2
    return f"*{escape(name, limit=half)}*\n{escape(value, limit=half)}"


def _build_footer(snapshot: EventSnapshot) -> str:
    """Return type and time; Slack shows the time in each reader's own zone."""
    epoch = int(snapshot.occurred_at.timestamp())
    time = f"<!date^{epoch}^{{date_short_pretty}} {{time_secs}}|"
    return f"{snapshot.type} · {time}{iso_seconds(snapshot.occurred_at)}>"


def _mrkdwn(text: str) -> dict[str, Any]:
    # Verbatim: names with # and @ in what others wrote are no mentions.
    return {"type": "mrkdwn", "text": text, "verbatim": True}
