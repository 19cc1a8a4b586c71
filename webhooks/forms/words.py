"""The labels, helps and sentences of the form of a webhook."""

from __future__ import annotations

TIMEOUT = "Enter 1 to 30 seconds."
IN_FLIGHT = "Enter 1 to 500 requests."

LABELS = {
    "username": "User",
    "oauth2_token_url": "OAuth2 server",
    "oauth2_client_id": "Client id",
    "oauth2_scope": "Scope",
    "client_certificate": "Certificate",
    "signature_header": "Header name",
    "timeout_seconds": "Timeout in seconds",
    "max_in_flight": "Requests at the same time",
}
HELP_TEXTS = {
    "username": "",
    "oauth2_token_url": "Its token URL, where a token is asked for with these credentials.",
    "oauth2_scope": "Separated by spaces.",
    "client_certificate": "PEM, with the certificates between it and the root.",
    "template": (
        "JSON. A place such as {{ data.title }} within quotation marks is filled from "
        "the event; one that is the whole text keeps its type."
    ),
    "signature": "",
    "signature_header": "Empty takes the usual one of this signature.",
    "timeout_seconds": "For the whole request, 1 to 30.",
    "max_in_flight": "For each worker, 1 to 500.",
}


def whole_number_errors(sentence: str) -> dict[str, str]:
    """Return one sentence for whatever can be wrong with a number."""
    codes = ("required", "invalid", "min_value", "max_value")
    return dict.fromkeys(codes, sentence)


ERROR_MESSAGES: dict[str, dict[str, str]] = {
    "label": {"required": "Enter a descriptive name, such as “Production alerts”."},
    "url": {
        "required": "Enter a complete web address such as https://example.com/hook."
    },
    "auth_method": {
        "invalid_choice": (
            "Choose None, Basic, Bearer, OAuth2 client credentials or Client "
            "certificate."
        )
    },
    "signature": {"invalid_choice": "Choose one of the signatures in the list."},
    "timeout_seconds": whole_number_errors(TIMEOUT),
    "max_in_flight": whole_number_errors(IN_FLIGHT),
}
