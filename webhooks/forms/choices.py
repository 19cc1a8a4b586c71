"""What the form of a webhook offers to choose from, and which fields a choice needs."""

from __future__ import annotations

from webhooks import signatures
from webhooks.formats import list_formats
from webhooks.models import Destination

#: Each kind with the sentence that helps to choose it.
KIND_HELP = {
    Destination.Kind.WEBHOOK: "A signed POST to a server of yours",
    Destination.Kind.EMAIL: "A message to people or a mailing list",
    Destination.Kind.CHAT: "Slack, Teams, Discord, Telegram, PagerDuty…",
}
#: Where the address of each kind is typed.
ADDRESS_FIELDS = {
    Destination.Kind.WEBHOOK: "url",
    Destination.Kind.EMAIL: "recipients",
    Destination.Kind.CHAT: "service_url",
}
#: What belongs to a POST of one's own and to nothing else.
REQUEST_FIELDS = (
    "url",
    "auth_method",
    "signature",
    "signature_header",
    "secret",
    "remove_secret",
    "headers",
    "template",
)
#: The fields of each way to authorize; the secret one comes last.
AUTH_FIELDS = {
    Destination.AuthMethod.BASIC: ("username", "password"),
    Destination.AuthMethod.BEARER: ("token",),
    Destination.AuthMethod.OAUTH2: (
        "oauth2_token_url",
        "oauth2_client_id",
        "oauth2_scope",
        "oauth2_client_secret",
    ),
    Destination.AuthMethod.CLIENT_CERTIFICATE: ("client_certificate", "client_key"),
}
#: Signatures whose header can have another name.
NAMED_SIGNATURES = tuple(signatures.USUAL_HEADERS)
#: Signatures that are made with a secret.
SIGNED = tuple(
    each for each in Destination.Signature.values if each != Destination.Signature.NONE
)
SECRET_WORDS = {
    "secret": "signing secret",
    "password": "password",
    "token": "token",
    "oauth2_client_secret": "client secret",
    "client_key": "client key",
    "service_url": "chat address",
    "headers": "secret headers",
}


def list_format_choices(kind: str = "") -> list[tuple[str, str]]:
    """Return the formats that a kind may use as a choice: name and label.

    What a chat takes usually follows from its address, so that comes first there.
    """
    named = [(each.name, each.label) for each in list_formats(kind)]
    if kind == Destination.Kind.CHAT:
        return [("", "As the address says"), *named]
    return named
