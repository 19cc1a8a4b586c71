"""What a pump keeps in memory for a moment: recipients and bodies."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable

from integrations_project.lib.encryption import SecretUnreadable
from webhooks.engine.database import is_postgresql, list_of, run
from webhooks.engine.wire import Recipient, build_recipient
from webhooks.models import Destination

#: A change of a destination takes effect in so many seconds.
RECIPIENT_SECONDS = 2.0
MAX_BODY_BYTES = 16 * 1024 * 1024

_BODIES = (
    "SELECT id, body FROM webhooks_payload WHERE id = ANY(%(ids)s::bigint[])"
    if is_postgresql()
    else "SELECT id, body FROM webhooks_payload "
    "WHERE id IN (SELECT value FROM json_each(%(ids)s))"
)


class RecipientCache:
    """Destinations with their secrets decrypted, looked at again every two seconds.

    Decrypting costs more than sending, so it is done again only when a row has
    changed.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, Recipient | SecretUnreadable]] = {}

    def get_many(
        self, ids: Collection[str], *, moment: float
    ) -> dict[str, Recipient | SecretUnreadable]:
        """Return the recipients that exist; an unreadable secret as its error.

        Args:
            ids: The destinations.
            moment: The monotonic time, in seconds.
        """
        stale = [
            key
            for key in ids
            if key not in self._known
            or self._known[key][0] + RECIPIENT_SECONDS < moment
        ]
        if stale:
            self._refresh(stale, moment=moment)
        return {key: self._known[key][1] for key in ids if key in self._known}

    def _refresh(self, ids: list[str], *, moment: float) -> None:
        rows = Destination.objects.filter(pk__in=ids)
        current = {str(key): at for key, at in rows.values_list("pk", "updated_at")}
        changed = []
        for key in ids:
            known = self._known.pop(key, None)
            if known is not None and _version(known[1]) == current.get(key):
                self._known[key] = (moment, known[1])
            elif key in current:
                changed.append(key)
        for key in changed:
            self._known[key] = (moment, _load(key))


def _version(known: Recipient | SecretUnreadable) -> object:
    return known.updated_at if isinstance(known, Recipient) else None


def _load(key: str) -> Recipient | SecretUnreadable:
    try:
        return build_recipient(Destination.objects.get(pk=key))
    except SecretUnreadable as error:
        return error


class BodyCache:
    """Bodies by payload: an event to a thousand destinations is read once."""

    def __init__(self) -> None:
        self._bodies: OrderedDict[int, bytes] = OrderedDict()
        self._size = 0

    def get_many(self, ids: Iterable[int]) -> dict[int, bytes]:
        """Return the bodies, reading those that are not in memory by one query."""
        wanted = set(ids)
        missing = [key for key in wanted if key not in self._bodies]
        if missing:
            for key, text in run(_BODIES, {"ids": list_of(missing)}):
                body = text.encode()
                self._bodies[key] = body
                self._size += len(body)
        found = {key: self._bodies[key] for key in wanted if key in self._bodies}
        while self._size > MAX_BODY_BYTES:
            self._size -= len(self._bodies.popitem(last=False)[1])
        return found
