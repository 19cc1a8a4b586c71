"""Texts that are entered as one line."""

from __future__ import annotations

MAX_CREDENTIAL_LENGTH = 4096


def find_label_error(label: str) -> str:
    """Return what is wrong with a label, or an empty text."""
    if label and not label.strip():
        return 'Enter a descriptive name, such as "Production alerts".'
    if not label.isprintable():
        return "The label contains a line break or a control character; remove it."
    return ""


def find_line_error(text: str, *, what: str) -> str:
    """Return what is wrong with a text that is to be one line, or an empty text."""
    if len(text) > MAX_CREDENTIAL_LENGTH:
        return (
            f"The {what} is too long; enter at most {MAX_CREDENTIAL_LENGTH} characters."
        )
    if not text.isprintable():
        return (
            f"The {what} contains a line break or another control character; "
            "enter it as one line."
        )
    return ""
