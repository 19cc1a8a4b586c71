"""What is promised when something dies, one fault at a time (docs/delivery.md)."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections import Counter
from contextlib import ExitStack

import psutil
import pytest

from tests.e2e.endpoints import OK, Arrival, Endpoint
from webhooks.engine.doorbell import TASK

pytestmark = pytest.mark.slow


def lead_to(installation, endpoint):
    """Let the installation's webhook lead to another endpoint."""
    path = f"webhooks/{installation.webhook['id']}"
    installation.call("PATCH", path, url=endpoint.url, secret=installation.secret)


def the_pump(installation) -> psutil.Process:
    """Return the process that sends."""
    pump: psutil.Process
    # The runner of monitors is busy too, in a cluster of its own.
    [pump] = [
        each
        for each in installation.product.find("busy worker")
        if TASK in " ".join(each.cmdline())
    ]
    return pump


def wait_for_end(installation, seconds=20):
    """Return the only delivery and its attempts as soon as it has ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        (delivery,) = installation.call("GET", "deliveries")["results"]
        if delivery["status"] not in {"pending", "sending"}:
            path = f"deliveries/{delivery['id']}/attempts"
            return delivery, installation.call("GET", path)["results"]
        time.sleep(0.2)
    pytest.fail(f"Not ended in {seconds} s: {delivery}")


def test_killed_between_claim_and_send(installation, endpoint):
    installation.set_up()
    lead_to(installation, endpoint)
    installation.post("down", "Must arrive")
    # The kernel takes the connection, nobody reads: claimed, and not delivered.
    connection = endpoint.accept()
    the_pump(installation).kill()
    connection.close()
    arrival = endpoint.take()
    arrival.answer()
    assert json.loads(arrival.body)["data"]["message"] == "Must arrive"
    delivery, attempts = wait_for_end(installation)
    assert (delivery["status"], delivery["attempts_count"]) == ("delivered", 1)
    assert [each["number"] for each in attempts] == [1]


def test_killed_between_send_and_record(installation, endpoint):
    installation.set_up()
    lead_to(installation, endpoint)
    installation.post("down", "Told twice, recorded once")
    first = endpoint.take()
    # It stands still from the moment in which the endpoint has all until its death:
    # the 200 is in its socket, and it never reads it.
    pump = the_pump(installation)
    pump.suspend()
    first.answer()
    pump.kill()
    second = endpoint.take()
    second.answer()
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    delivery, attempts = wait_for_end(installation)
    assert (delivery["status"], delivery["attempts_count"]) == ("delivered", 1)
    assert [each["status_code"] for each in attempts] == [200]


def reset(arrival: Arrival):
    """Say half an answer and cut the connection."""
    linger = struct.pack("ii", 1, 0)
    arrival.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    arrival.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nok")


#: How an endpoint says 200 and hangs up; whether that is an answer.
HANG_UPS = {
    "whole": (OK, True),
    "without a length": (b"HTTP/1.1 200 OK\r\n\r\nok", True),
    "without a body": (b"HTTP/1.1 200 OK\r\n\r\n", True),
    "in the head": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", False),
    "in the body": (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nok", False),
}


def test_endpoint_answers_200_and_hangs_up(installation):
    installation.set_up(event_types=["incident.opened"])
    with ExitStack() as stack:
        arrived, labels = Counter(), {}
        for label, (data, _) in HANG_UPS.items():
            endpoint = stack.enter_context(Endpoint())

            def behave(arrival, label=label, data=data):
                each = label, arrival.headers["webhook-id"]
                arrived[each] += 1
                arrival.answer(data if arrived[each] == 1 else OK)

            endpoint.serve(behave)
            webhook = installation.call(
                "POST", "webhooks", label=label, url=endpoint.url,
                event_types=["service.status_changed"],
            )  # fmt: skip
            labels[webhook["id"]] = label
        installation.post("down", "Heard")
        outcomes = wait_for_ends(installation, labels)
    for label, (_, is_answer) in HANG_UPS.items():
        codes = ["" if is_answer else "connection_lost", *([] if is_answer else [""])]
        assert outcomes[label] == ("delivered", codes), label
    # One event, told again to those who had not said that they have it.
    assert len({event for _, event in arrived}) == 1
    assert arrived.total() == 7


def wait_for_ends(installation, labels, seconds=20):
    """Return the state and the errors of the attempts of each webhook's delivery."""
    deadline = time.monotonic() + seconds
    while True:
        deliveries = installation.call("GET", "deliveries")["results"]
        waiting = [each for each in deliveries if each["status"] != "delivered"]
        if len(deliveries) == len(labels) and not waiting:
            break
        assert time.monotonic() < deadline, waiting
        time.sleep(0.2)
    outcomes = {}
    for each in deliveries:
        path = f"deliveries/{each['id']}/attempts"
        attempts = installation.call("GET", path)["results"]
        attempts.sort(key=lambda attempt: attempt["number"])
        codes = [attempt["error_code"] for attempt in attempts]
        outcomes[labels[each["webhook"]]] = (each["status"], codes)
    return outcomes
