"""Messages for Microsoft Teams, as its Workflows take them: an Adaptive Card.

What others wrote stands in RichTextBlocks, which know no Markdown: nothing in it can
become a link. The card stays below the 28 KB that Teams takes.

Source: https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/
how-to/add-incoming-webhook, …/task-modules-and-cards/cards/cards-format and
https://adaptivecards.io/explorer (read 2026-11).
"""

from __future__ import annotations

from typing import Any

from webhooks.datatypes import EventSnapshot
from webhooks.formats.announcement import announce
from webhooks.formats.base import JSON, WEBHOOK_AND_CHAT, dump, iso_seconds
from webhooks.formats.samples import build_sample

MAX_TEXT_LENGTH = 2000
_STYLES = {
    "good": "good",
    "warning": "warning",
    "bad": "attention",
    "neutral": "emphasis",
}


class TeamsFormat:
    """A coloured title, what was said, the facts and a button to the page."""

    name = "teams"
    label = "Microsoft Teams"
    description = "Every event, as a card for a Teams channel (Workflows)."
    kinds = WEBHOOK_AND_CHAT
    content_type = JSON

    def carries(self, event_type: str) -> bool:
        """Carry every type of event."""
        return bool(event_type)

    def render(self, snapshot: EventSnapshot) -> str:
        """Return the envelope with one card in it."""
        return dump(
            {
                "type": "message",
                "attachments": [
                    {
                        "contentType": "application/vnd.microsoft.card.adaptive",
                        "contentUrl": None,
                        "content": _build_card(snapshot),
                    }
                ],
            }
        )

    def sample(self, event_type: str) -> EventSnapshot:
        """Return a made-up event of the type, else a plain test event."""
        return build_sample(event_type)


def _build_card(snapshot: EventSnapshot) -> dict[str, Any]:
    words = announce(snapshot)
    title = {"text": words.title, "size": "Large", "weight": "Bolder"}
    body: list[dict[str, Any]] = [
        {
            "type": "Container",
            "style": _STYLES[words.tone],
            "bleed": True,
            "items": [_rich_text(title)],
        }
    ]
    if words.text:
        body.append(_rich_text({"text": _cut(words.text)}))
    body += [
        _rich_text({"text": f"{name}: ", "weight": "Bolder"}, {"text": value})
        for name, value in words.facts
    ]
    footer = f"{snapshot.type} · {iso_seconds(snapshot.occurred_at)}"
    body.append(_rich_text({"text": footer, "size": "Small", "isSubtle": True}))
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": words.title,
        "msteams": {"width": "Full"},
        "body": body,
    }
    links = [("Open in Signalpost", words.url), *words.actions]
    if buttons := [_build_button(*link) for link in links if link[1]]:
        card["actions"] = buttons
    return card


def _build_button(label: str, url: str) -> dict[str, Any]:
    return {"type": "Action.OpenUrl", "title": label, "url": url}


def _rich_text(*runs: dict[str, Any]) -> dict[str, Any]:
    inlines = [{"type": "TextRun", **run} for run in runs]
    return {"type": "RichTextBlock", "inlines": inlines}


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT_LENGTH else f"{text[: MAX_TEXT_LENGTH - 1]}…"
