"""Run a statement on PostgreSQL while requests go on: the pump's few large ones.

The statement is sent, and until its answer is there somebody else may use the time
(`use_waits`). Nothing else changes: the caller has its rows, or its error, when the
call returns.

Source: https://www.postgresql.org/docs/current/libpq-async.html;
https://www.postgresql.org/docs/current/protocol-message-formats.html (arrays).
"""

from __future__ import annotations

import re
import select
import struct
import threading
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, NamedTuple, cast
from uuid import UUID
from weakref import WeakKeyDictionary

import psycopg
from django.db import connection
from psycopg import errors, pq
from psycopg.adapt import Transformer

from webhooks.engine.database import Row, is_postgresql, run

Raw = psycopg.Connection[Row]

_PLACE = re.compile(r"%\((\w+)\)[sb](?:::(\w+)\[\])?")
_NULL = b"\xff\xff\xff\xff"
_TEXT_FORMAT, _BINARY_FORMAT = 0, 1
_GOOD = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)


class _Local(threading.local):
    fd: int | None = None
    work_until: Callable[[int], None]


_local = _Local()
#: What is prepared on each connection: name by statement.
_prepared: WeakKeyDictionary[Raw, dict[bytes, bytes]] = WeakKeyDictionary()


def use_waits(fd: int | None, work_until: Callable[[int], None]) -> None:
    """Have this thread's waits for the database used by somebody.

    Args:
        fd: The descriptor of the connection whose waits are meant; None: of none.
        work_until: Gets it and returns when it is readable. It must not use the
            database.
    """
    _local.fd, _local.work_until = fd, work_until


def run_while_sending(sql: str, parameters: dict[str, Any]) -> list[Row]:
    """Run one statement as `database.run` does, and let the wait be used.

    Lists are given as ``%(name)b::kind[]`` and travel in binary, which costs a tenth
    of escaping their texts.

    Raises:
        django.db.Error: Whatever the database said, as Django's classes.
    """
    if not is_postgresql():
        return run(sql, parameters)
    connection.ensure_connection()
    raw = cast("Raw", connection.connection)
    is_idle = raw.pgconn.transaction_status == pq.TransactionStatus.IDLE
    if is_idle and not raw.autocommit:
        return run(sql, parameters)  # which begins the transaction
    with connection.wrap_database_errors:
        return _run(raw, sql, parameters)


def _run(raw: Raw, sql: str, parameters: dict[str, Any]) -> list[Row]:
    plan = _read_places(sql)
    values = [
        _encode_list(kind, parameters[name]) if kind else _encode(parameters[name])
        for name, kind in plan.places
    ]
    pgconn = raw.pgconn
    name = _prepare(raw, plan.sql)
    pgconn.send_query_prepared(name, values, plan.formats)
    _flush(pgconn)
    result = _wait(pgconn)
    if result.status not in _GOOD:
        if pgconn.status == pq.ConnStatus.BAD:
            raise psycopg.OperationalError("The connection to the database was lost.")
        raise errors.error_from_result(result)
    transformer = Transformer(raw)
    transformer.set_pgresult(result)
    return transformer.load_rows(0, result.ntuples, tuple)


class _Plan(NamedTuple):
    sql: bytes
    places: list[tuple[str, str]]  # of $1, $2 …: the name, and the kind of a list
    formats: list[int]


@lru_cache(maxsize=64)
def _read_places(sql: str) -> _Plan:
    places: dict[tuple[str, str], int] = {}

    def number(match: re.Match[str]) -> str:
        name, kind = match[1], match[2] or ""
        kind = kind if kind in _KINDS else ""
        index = places.setdefault((name, kind), len(places) + 1)
        return f"${index}" + (f"::{match[2]}[]" if match[2] else "")

    text = _PLACE.sub(number, sql).replace("%%", "%")
    formats = [_BINARY_FORMAT if kind else _TEXT_FORMAT for _, kind in places]
    return _Plan(text.encode(), list(places), formats)


def _prepare(raw: Raw, sql: bytes) -> bytes:
    names = _prepared.setdefault(raw, {})
    name = names.get(sql)
    if name is None:
        name = b"signalpost_%d" % len(names)
        result = raw.pgconn.prepare(name, sql)
        if result.status not in _GOOD:
            raise errors.error_from_result(result)
        names[sql] = name
    return name


def _flush(pgconn: pq.abc.PGconn) -> None:
    poller = select.poll()
    poller.register(pgconn.socket, select.POLLIN | select.POLLOUT)
    while pgconn.flush():
        # Reading too: a server that has something to say first stops listening.
        if any(events & select.POLLIN for _, events in poller.poll()):
            pgconn.consume_input()


def _wait(pgconn: pq.abc.PGconn) -> pq.abc.PGresult:
    """Return the answer; its end has been read, so the connection is free again."""
    answer = None
    while True:
        while pgconn.is_busy():
            if pgconn.socket == _local.fd:
                _local.work_until(_local.fd)
            else:
                _sleep_until_ready(pgconn.socket)
            pgconn.consume_input()
        result = pgconn.get_result()
        if result is None:
            break
        answer = result
    assert answer is not None
    return answer


def _sleep_until_ready(fd: int) -> None:
    poller = select.poll()
    poller.register(fd, select.POLLIN)
    poller.poll()


def _encode(value: object) -> bytes | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return b"t" if value else b"f"
    assert isinstance(value, str | int | float | UUID), type(value)
    return str(value).encode()


def _encode_list(kind: str, values: list[Any]) -> bytes:
    number, encode = _KINDS[kind]
    count = len(values)
    if not count:
        return struct.pack("!iiI", 0, 0, number)
    # Most columns of a batch say the same in every row.
    if values.count(values[0]) == count:
        body = encode(values[:1]) * count
    else:
        body = encode(values)
    return struct.pack("!iiIii", 1, 1, number, count, 1) + body


def _encode_texts(values: Iterable[str | None]) -> bytes:
    parts = []
    for value in values:
        if value is None:
            parts.append(_NULL)
        else:
            data = value.encode()
            parts += (len(data).to_bytes(4, "big"), data)
    return b"".join(parts)


def _encode_numbers(form: str, values: Iterable[float | None]) -> bytes:
    packer = struct.Struct(f"!i{form}")
    size, pack = packer.size - 4, packer.pack
    return b"".join(_NULL if value is None else pack(size, value) for value in values)


def _encoder(form: str) -> Callable[[Iterable[Any]], bytes]:
    return lambda values: _encode_numbers(form, values)


#: The kinds of lists: the type's number on PostgreSQL and how to write its values.
_KINDS: dict[str, tuple[int, Callable[[Iterable[Any]], bytes]]] = {
    "boolean": (16, _encoder("?")),
    "bigint": (20, _encoder("q")),
    "integer": (23, _encoder("i")),
    "text": (25, _encode_texts),
    "float8": (701, _encoder("d")),
}
