"""To whom a secret belongs: to a scheme, a host and a port."""

from __future__ import annotations

from integrations_project.lib.net_policy import UrlRefused, parse_url

#: Without that field a way to authorize has nothing to say.
NEEDED_SECRETS = {
    "basic": "password",
    "bearer": "token",
    "oauth2": "oauth2_client_secret",
    "client_certificate": "client_key",
}


def is_same_origin(one: str, other: str) -> bool:
    """Whether two URLs have the same scheme, host and port."""
    if one == other:
        return True
    try:
        first, second = (parse_url(url, allow_http=True) for url in (one, other))
    except UrlRefused:
        return False
    return (first.scheme, first.host, first.port) == (
        second.scheme,
        second.host,
        second.port,
    )
