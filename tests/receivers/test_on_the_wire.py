"""What only a real server shows: chunks, long bodies, a sender that goes away."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from benchmarks.load import wait_until_open
from receivers.models import Receipt
from tests.postgres import with_database
from tests.processes import free_port

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
MEBIBYTE = 1024 * 1024


def database_url():
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return with_database(os.environ["DATABASE_URL"], name)


@pytest.fixture
def port(sender):
    """A web server of its own on this test's database."""
    number = free_port()
    command = [
        Path(sys.executable).with_name("granian"), "--interface", "asginl",
        "--workers", "1", "--port", str(number),
        "--log-level", "error", "--no-access-log",
        "integrations_project.asgi:application",
    ]  # fmt: skip
    environment = os.environ | {"DATABASE_URL": database_url()}
    process = subprocess.Popen(command, env=environment)
    try:
        wait_until_open(number)
        yield number
    finally:
        process.terminate()
        process.wait(timeout=20)


def exchange(port, head, *pieces, is_half_closed=False):
    """Send a request by hand; return the status and the JSON of the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as wire:
        wire.sendall("\r\n".join([*head, "", ""]).encode())
        for piece in pieces:
            wire.sendall(piece)
        if is_half_closed:
            wire.shutdown(socket.SHUT_WR)
        data = b""
        while chunk := wire.recv(65536):
            data += chunk
    answer, _, body = data.partition(b"\r\n\r\n")
    status = int(answer.split(b" ", 2)[1]) if answer else 0
    return status, json.loads(body[body.find(b"{") : body.rfind(b"}") + 1] or b"{}")


def head(sender, *headers):
    return [
        f"POST {sender.path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Connection: close",
        *headers,
    ]


def chunk(data):
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def test_chunked_body_is_read(sender, port):
    pieces = [chunk(b'{"status": '), chunk(b'"down"}'), b"0\r\n\r\n"]
    status, answer = exchange(port, head(sender, "Transfer-Encoding: chunked"), *pieces)
    assert (status, answer["result"]) == (200, "processed")
    assert Receipt.objects.get().body == '{"status": "down"}'


def test_over_long_bodies_see_their_answer(sender, port):
    body = b" " * (3 * MEBIBYTE)
    told = exchange(port, head(sender, f"Content-Length: {len(body)}"), body)
    pieces = [chunk(b" " * MEBIBYTE) for _ in range(3)]
    chunked = exchange(
        port, head(sender, "Transfer-Encoding: chunked"), *pieces, b"0\r\n\r\n"
    )
    assert [told[0], chunked[0]] == [413, 413]
    assert chunked[1]["code"] == "body_too_large"
    assert Receipt.objects.get().count == 2


def test_unknown_token_with_a_long_body_sees_404(sender, port):
    lines = head(sender, f"Content-Length: {2 * MEBIBYTE}")
    lines[0] = lines[0].replace(sender.receiver.token, "x" * 64)
    status, _ = exchange(port, lines, b" " * (2 * MEBIBYTE))
    assert status == 404


def test_cut_body_changes_nothing(sender, port):
    exchange(
        port,
        head(sender, "Content-Length: 100"),
        b'{"status": "down"}',
        is_half_closed=True,
    )
    assert not Receipt.objects.exclude(reason="body_incomplete").exists()
    sender.receiver.service.refresh_from_db()
    assert sender.receiver.service.status == "operational"


@pytest.mark.postgres
def test_lost_connection_is_told_and_mended(sender, port):
    body = b'{"status": "down"}'
    lines = head(sender, f"Content-Length: {len(body)}")
    answers = [exchange(port, lines, body)[0]]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    # Any of the threads may serve it: the one that lost its connection says so.
    answers += [exchange(port, lines, body)[0] for _ in range(12)]
    assert answers[0] == 200
    assert set(answers) <= {200, 503}
    assert answers[-1] == 200
    assert answers.count(503) <= 6
    received = Receipt.objects.filter(receiver=sender.receiver).count()
    assert received == answers.count(200)
