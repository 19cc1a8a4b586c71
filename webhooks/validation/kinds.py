"""Where a destination leads, by its kind, and which fields that kind has no use for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from webhooks.chat.addresses import find_chat_format, is_masked, is_web_address
from webhooks.chat.services import find_service_error
from webhooks.kinds import CHAT_FORMATS, DEFAULT_FORMAT, MESSAGE_FORMAT
from webhooks.validation.addresses import find_url_error

if TYPE_CHECKING:
    from webhooks.models import Destination

MAX_RECIPIENTS = 50
MAX_ADDRESS_LENGTH = 254
#: Valid in some addresses, and a way to write other headers or other recipients.
_FORBIDDEN = frozenset(' "<>(),;:[]\\')

NO_CHAT_ADDRESS = (
    "The address is missing. Enter the address of the chat, such as "
    "https://hooks.slack.com/services/…."
)


def find_kind_errors(destination: Destination) -> dict[str, str]:
    """Return what is wrong with the address and with what its kind does not have.

    By field: ``url``, ``service_url`` or ``recipients`` for the address, further ones
    with a sentence that says to leave them out.
    """
    match destination.kind:
        case "email":
            found = {"recipients": find_recipients_error(destination.recipients)}
            return found | _refuse_request_fields(destination, what="An e-mail")
        case "chat":
            found = _check_chat(destination)
        case _:
            found = {"url": find_url_error(destination.url)}
            if destination.service_url:
                found["service_url"] = (
                    "A service URL is for destinations of the kind chat; enter the "
                    "address as the URL."
                )
    if destination.recipients:
        found["recipients"] = (
            "Recipients are for destinations of the kind email; leave them out."
        )
    return found


def find_recipients_error(recipients: Any) -> str:
    """Return what is wrong with the addresses of an e-mail, or an empty text."""
    if not isinstance(recipients, list) or not all(
        isinstance(each, str) for each in recipients
    ):
        return 'Enter recipients as a list of addresses, such as ["ops@example.com"].'
    if not recipients:
        return "Enter at least one address, such as ops@example.com."
    if len(recipients) > MAX_RECIPIENTS:
        return (
            f"Enter at most {MAX_RECIPIENTS} addresses; there are {len(recipients)}. "
            "Use the address of a mailing list."
        )
    wrong = next((each for each in recipients if not _is_address(each)), None)
    if wrong is not None:
        return (
            f"{wrong!r:.80} is no e-mail address; enter it alone, such as "
            "ops@example.com."
        )
    return ""


def _is_address(text: str) -> bool:
    if len(text) > MAX_ADDRESS_LENGTH or not text.isprintable():
        return False
    if _FORBIDDEN.intersection(text):
        return False
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _check_chat(destination: Destination) -> dict[str, str]:
    address = destination.service_url
    if is_masked(address or destination.url):
        return {"url": "Enter the whole address; only its beginning is shown here."}
    if not address:
        return {"service_url": NO_CHAT_ADDRESS}
    if not is_web_address(address):
        found = {"service_url": find_service_error(address)}
        return found | _refuse_request_fields(destination, what="This chat service")
    return {
        "url": find_url_error(address),
        "format": _find_pairing_error(destination.format, address),
    }


def _find_pairing_error(format_name: str, address: str) -> str:
    by_address = find_chat_format(address)
    if not by_address and format_name in ("", DEFAULT_FORMAT, MESSAGE_FORMAT):
        return (
            "The address does not tell which chat tool it leads to; choose the format "
            "slack, slack_workflow, teams or discord."
        )
    if by_address and format_name in CHAT_FORMATS and format_name != by_address:
        return (
            f"The chat tool at this address takes the format {by_address}, not "
            f"{format_name}."
        )
    return ""


def _refuse_request_fields(destination: Destination, *, what: str) -> dict[str, str]:
    found = {}
    if destination.service_url and destination.kind == "email":
        found["service_url"] = (
            "A service URL is for destinations of the kind chat; leave it out."
        )
    if destination.secret:
        found["secret"] = f"{what} carries no signature; leave the secret out."
    if destination.auth_method != "none":
        found["auth_method"] = f"{what} carries no authorization; choose none."
    # Those of a subscriber say how mail programs end it; the product writes them.
    if destination.headers and not destination.managed_by:
        found["headers"] = f"{what} takes no headers; leave them out."
    return found
