"""Writes the keys that a first start needs into `.env`, before settings load.

Imports nothing of Django: settings refuse to load without these keys.
"""

from __future__ import annotations

import os
import re
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet

if TYPE_CHECKING:
    from collections.abc import Collection

ENV_FILE = Path(__file__).resolve().parent.parent / ".env"
OWNER_ONLY = 0o600
SETTING = re.compile(r"(?:export )?(?P<name>[A-Za-z_0-9]+)=(?P<value>.*)")
KEYS = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "ENCRYPTION_KEYS": lambda: Fernet.generate_key().decode(),
}
KEYS_COMMENT = (
    "# Generated once. Keep ENCRYPTION_KEYS with your backups: without them, stored\n"
    "# secrets cannot be read again."
)
#: For a first look on one machine: receivers and webhooks may talk to each other.
TRIAL_SETTINGS = {
    "DELIVERY_ALLOW_HTTP": "1",
    "DELIVERY_ALLOWED_NETWORKS": "127.0.0.0/8,::1/128",
}
TRIAL_COMMENT = (
    "# So that webhooks can be tried on this machine. Set the first to 0 and the\n"
    "# second to nothing when others may add webhooks: they reach what listens here."
)


def ensure_env_file(path: Path = ENV_FILE) -> bool:
    """Write the keys that neither the environment nor the file has.

    No value that is there is changed, and a key of the environment is not written
    down. Returns whether anything was written.
    """
    is_new = not path.exists()
    lines = [] if is_new else path.read_text(encoding="utf-8").splitlines()
    present = {*os.environ, *filter(None, map(_named_by, lines))}
    missing = [name for name in KEYS if name not in present]
    if not missing:
        return False
    # A name without a value would win over the line that follows it.
    lines = [line for line in lines if not _is_empty_setting(line, missing)]
    lines += [KEYS_COMMENT, *(f"{name}={KEYS[name]()}" for name in missing)]
    if is_new:
        trial = [name for name in TRIAL_SETTINGS if name not in present]
        lines += ["", TRIAL_COMMENT] if trial else []
        lines += [f"{name}={TRIAL_SETTINGS[name]}" for name in trial]
    _write(path, "\n".join(lines) + "\n")
    sys.stdout.write(f"Wrote {' and '.join(missing)} to {path}.\n")
    return True


def _named_by(line: str) -> str:
    """Return the name that a line gives a value, as django-environ reads it."""
    found = SETTING.match(line)
    return found["name"] if found and found["value"].strip("'\" ") else ""


def _is_empty_setting(line: str, names: Collection[str]) -> bool:
    found = SETTING.match(line)
    return found is not None and found["name"] in names


def _write(path: Path, text: str) -> None:
    # Replaced as a whole: half a file of keys would be worse than none.
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, OWNER_ONLY), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.chmod(OWNER_ONLY)
    draft.replace(path)
