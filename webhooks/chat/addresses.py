"""The addresses of chat tools: which format one takes, and how it may be shown.

Whoever knows such an address may post with it, so it is kept like a secret and shown
without its path.

Sources (read 2026-11): https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/,
https://learn.microsoft.com/en-us/power-automate/teams/send-a-message-in-teams,
https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook,
https://docs.discord.com/developers/resources/webhook.
"""

from __future__ import annotations

from urllib.parse import urlsplit

#: Stands for what is not shown; no address can contain it.
MASK = "…"
#: Hosts and the format they take; a dot in front stands for any name before it.
HOST_FORMATS = {
    "hooks.slack.com": "slack",
    "hooks.slack-gov.com": "slack",
    "discord.com": "discord",
    ".discord.com": "discord",
    "discordapp.com": "discord",
    ".webhook.office.com": "teams",
    "outlook.office.com": "teams",
    ".logic.azure.com": "teams",
    ".api.powerplatform.com": "teams",
}
#: Discord takes Slack's format too, at an address of its own.
SLACK_ENDING = "/slack"
#: Addresses of Slack's workflows, which take variables rather than messages.
SLACK_WORKFLOWS = ("/workflows/", "/triggers/")


def is_web_address(address: str) -> bool:
    """Whether it is an address for a POST, rather than one for Apprise."""
    return address[:8].lower().startswith(("http://", "https://"))


def find_chat_format(address: str) -> str:
    """Return the format that the chat tool at a web address takes, or an empty text.

    An empty text means that the host is none of the known ones: a proxy perhaps, or
    a tool that takes the format of another.
    """
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return ""
    for pattern, name in HOST_FORMATS.items():
        if host == pattern or (pattern[0] == "." and host.endswith(pattern)):
            return _judge_path(name, parts.path)
    return ""


def _judge_path(name: str, path: str) -> str:
    if name == "discord" and path.rstrip("/").endswith(SLACK_ENDING):
        return "slack"
    if name == "slack" and path.startswith(SLACK_WORKFLOWS):
        return "slack_workflow"
    return name


def mask_address(address: str) -> str:
    """Return an address as it may be shown: scheme and host, ``https://host/…``.

    Of an address for Apprise only the scheme is shown: what follows may be a token.
    """
    scheme, separator, rest = address.partition("://")
    if not separator:
        return MASK if address else ""
    if not is_web_address(address):
        return f"{scheme}://{MASK}"
    host = rest.partition("/")[0].partition("?")[0].partition("#")[0]
    return f"{scheme}://{host.rpartition('@')[2]}/{MASK}"


def is_masked(address: str) -> bool:
    """Whether this is the shown form of an address rather than the address."""
    return MASK in address
