"""Secrets at rest: model fields that encrypt on the way in and fail closed.

Stored values are ``v1:`` and a Fernet token. The keys come from the setting
``ENCRYPTION_KEYS`` (newest first) and never from ``SECRET_KEY``, so that a new
``SECRET_KEY`` loses no secret. A value that no key opens raises
:class:`SecretUnreadable`; the stored text is never handed out instead.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models

from integrations_project.lib.exceptions import ProjectError

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

PREFIX = "v1:"


class SecretUnreadable(ProjectError):
    """A stored secret cannot be decrypted with the keys in ENCRYPTION_KEYS."""

    code = "secret_unreadable"


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(value: str) -> str:
    """Return ``value`` encrypted with the newest key; an empty value stays empty."""
    if not value:
        return ""
    cipher = _cipher(tuple(settings.ENCRYPTION_KEYS))
    return PREFIX + cipher.encrypt(value.encode()).decode()


def decrypt(stored: str) -> str:
    """Return the secret behind a stored value; an empty value stays empty.

    Raises:
        SecretUnreadable: The value has no known prefix or no key opens it.
    """
    if not stored:
        return ""
    if not stored.startswith(PREFIX):
        raise SecretUnreadable
    cipher = _cipher(tuple(settings.ENCRYPTION_KEYS))
    try:
        return cipher.decrypt(stored[len(PREFIX) :].encode()).decode()
    except InvalidToken as error:
        raise SecretUnreadable from error


def hash_token(token: str) -> str:
    """Return what a row is found by: the SHA-256 of its token in hex.

    Tokens are made by chance and long (192 bits and more), so a slow hash would add
    nothing. Beside it the token itself is kept encrypted, to be shown again.
    """
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # stubs' generics
    """Text that is readable in Python and encrypted in the database."""

    def from_db_value(
        self, value: str | None, expression: object, connection: BaseDatabaseWrapper
    ) -> str | None:
        return value if value is None else decrypt(value)

    def get_prep_value(self, value: Any) -> Any:
        prepared = super().get_prep_value(value)
        return prepared if prepared is None else encrypt(prepared)

    def get_lookup(self, lookup_name: str) -> Any:
        """Refuse to search: the same secret never encrypts to the same text."""
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        message = f"{self.name} is encrypted and cannot be searched."
        raise FieldError(message)


class EncryptedJSONField(EncryptedTextField):
    """A JSON value that is encrypted in the database; empty is ``{}``."""

    def from_db_value(
        self, value: str | None, expression: object, connection: BaseDatabaseWrapper
    ) -> Any:
        text = super().from_db_value(value, expression, connection)
        return json.loads(text) if text else {}

    def get_prep_value(self, value: Any) -> Any:
        return encrypt(json.dumps(value)) if value else ""

    def to_python(self, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) and value else value or {}

    def value_to_string(self, obj: models.Model) -> str:
        return json.dumps(self.value_from_object(obj))
