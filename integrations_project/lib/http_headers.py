"""Which request headers may be set by hand, so that none can smuggle another."""

from __future__ import annotations

import functools
import re

from integrations_project.lib.exceptions import ProjectError

MAX_VALUE_LENGTH = 4096

#: Headers that say where a message ends or whom it is for; the client sets them.
#: Source: RFC 9110 sections 7.2, 7.6.1 and 8.6; RFC 9112 section 6.
FRAMING_HEADERS = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")


class HeaderRefused(ProjectError):
    """The header cannot be sent."""

    code = "header_refused"
    permanent = True


@functools.lru_cache(maxsize=4096)
def check_header_name(name: str) -> None:
    """Refuse a name that is no token or that frames the message.

    Raises:
        HeaderRefused: the message names the header and says what to enter.

    Source: RFC 9110, section 5.6.2.
    """
    if not _TOKEN.fullmatch(name):
        raise HeaderRefused(
            f"{name!r:.80} is not a header name; use letters, digits and hyphens."
        )
    if name.lower() in FRAMING_HEADERS:
        raise HeaderRefused(
            f"The header {name} is set by Signalpost itself; leave it out."
        )


def check_header_value(name: str, value: str) -> None:
    """Refuse a value with a line break, a control character or a great length.

    Raises:
        HeaderRefused: the message names the header, never its value.
    """
    if len(value) > MAX_VALUE_LENGTH:
        raise HeaderRefused(
            f"The value of the header {name} is too long; enter at most "
            f"{MAX_VALUE_LENGTH} characters."
        )
    if not value.replace("\t", " ").isprintable():
        raise HeaderRefused(
            f"The value of the header {name} contains a line break or another "
            "control character; enter it as one line."
        )
