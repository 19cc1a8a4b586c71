"""Patterns that people write, matched in linear time by RE2.

Source: https://github.com/google/re2/wiki/Syntax (no look-around, no back-references,
which is what keeps every search linear in the length of the text).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import re2

from integrations_project.lib.exceptions import ProjectError

MAX_LENGTH = 500
#: What one compiled pattern may take; a larger one is refused when it is saved.
MAX_BYTES = 1 << 20


class InvalidPattern(ProjectError):
    """The pattern cannot be read."""

    code = "invalid_pattern"


class Pattern(NamedTuple):
    """A compiled pattern."""

    text: str
    compiled: Any  # re2 has no types

    def is_in(self, text: str) -> bool:
        """Whether some part of the text fits; ``^`` and ``$`` are its ends."""
        return self.compiled.search(_make_storable(text)) is not None

    def is_all_of(self, text: str) -> bool:
        """Whether the whole text fits."""
        return self.compiled.fullmatch(_make_storable(text)) is not None


@lru_cache(maxsize=1024)
def compile_pattern(text: str) -> Pattern:
    """Compile a pattern; compiled ones are kept.

    Raises:
        InvalidPattern: With a sentence that says what is wrong with it.
    """
    if not text:
        raise InvalidPattern("The pattern is empty; write one such as ^db-[0-9]+$.")
    if len(text) > MAX_LENGTH:
        message = (
            f"The pattern has {len(text)} characters; at most {MAX_LENGTH} are taken."
        )
        raise InvalidPattern(message)
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MAX_BYTES
    try:
        compiled = re2.compile(_make_storable(text), options)
    except re2.error as error:
        raise InvalidPattern(_explain(error)) from error
    return Pattern(text, compiled)


def _explain(error: Exception) -> str:
    said = error.args[0] if error.args else b""
    reason = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    hint = ""
    if "perl operator" in reason or "escape sequence" in reason:
        hint = " Look-around and back-references are not taken."
    return f"This is no pattern: {reason:.120}.{hint}"


def _make_storable(text: str) -> str:
    # A lone surrogate, which JSON can spell, is no UTF-8.
    return text.encode("utf-8", "replace").decode()
