"""A request as a line for the shell, to send it again by hand."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def build_curl(url: str, *, headers: Mapping[str, str], body: str) -> str:
    """Return the curl line of a POST; empty for what goes by e-mail or Apprise.

    Args:
        url: Where it went; that of a chat tool is masked.
        headers: As they are stored: secrets are masked, so none gets into the line.
        body: The exact body.
    """
    if not url.startswith(("http://", "https://")):
        return ""
    lines = [f"curl -X POST {shlex.quote(url)}"]
    lines += [
        f"-H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items()
    ]
    lines.append(f"--data-raw {shlex.quote(body)}")
    return " \\\n  ".join(lines)
