"""What a pump keeps in memory for a moment: recipients and bodies."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from integrations_project.lib.exceptions import ProjectError
from webhooks.engine.database import is_postgresql, list_of
from webhooks.engine.while_sending import run_while_sending
from webhooks.engine.wire import Recipient, build_recipient
from webhooks.formats import find_content_type
from webhooks.models import Destination

MAX_BODY_BYTES = 16 * 1024 * 1024

_BODIES = (
    "SELECT id, body, format FROM webhooks_payload WHERE id = ANY(%(ids)b::bigint[])"
    if is_postgresql()
    else "SELECT id, body, format FROM webhooks_payload "
    "WHERE id IN (SELECT value FROM json_each(%(ids)s))"
)


class RecipientCache:
    """Destinations with their secrets decrypted, read again when they were changed.

    Decrypting costs more than sending. A claim tells the version of its destination,
    so a change takes effect with the next claim and asking for it costs nothing.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, Recipient]] = {}

    def get_many(
        self, versions: Mapping[str, str]
    ) -> dict[str, Recipient | ProjectError]:
        """Return the recipients that exist; one with an unfit secret as its error.

        Args:
            versions: The destinations, each with the version that a claim told.
        """
        found: dict[str, Recipient | ProjectError] = {}
        for key, version in versions.items():
            known = self._known.get(key)
            if known is not None and known[0] == version:
                found[key] = known[1]
                continue
            self._known.pop(key, None)
            loaded = _load(key)
            if isinstance(loaded, Recipient):
                self._known[key] = (version, loaded)
            if loaded is not None:
                found[key] = loaded
        return found


def _load(key: str) -> Recipient | ProjectError | None:
    # A secret may not decrypt, or not fit its scheme.
    try:
        destination = Destination.objects.filter(pk=key).first()
        return None if destination is None else build_recipient(destination)
    except ProjectError as error:
        return error


class Body(NamedTuple):
    """What is sent, as it was made when the event happened."""

    data: bytes
    content_type: str


class BodyCache:
    """Bodies by payload: an event to a thousand destinations is read once."""

    def __init__(self) -> None:
        self._bodies: OrderedDict[int, Body] = OrderedDict()
        self._size = 0

    def get_many(self, ids: Iterable[int]) -> dict[int, Body]:
        """Return the bodies, reading those that are not in memory by one query."""
        wanted = set(ids)
        missing = [key for key in wanted if key not in self._bodies]
        if missing:
            rows = run_while_sending(_BODIES, {"ids": list_of(missing)})
            for key, text, format_name in rows:
                body = Body(text.encode(), find_content_type(format_name))
                self._bodies[key] = body
                self._size += len(body.data)
        found = {key: self._bodies[key] for key in wanted if key in self._bodies}
        while self._size > MAX_BODY_BYTES:
            self._size -= len(self._bodies.popitem(last=False)[1].data)
        return found
