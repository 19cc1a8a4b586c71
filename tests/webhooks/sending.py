"""What the tests of the transport share."""

from __future__ import annotations

import time

from integrations_project.lib.net_policy import NetPolicy
from webhooks.engine.transport import HttpRequest, send

LOOPBACK = NetPolicy.build(allow_http=True, networks=["127.0.0.0/8", "::1"])
STRICT = NetPolicy(allow_http=True)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def make_request(url, key="a", **changed):
    values = {
        "key": key,
        "url": url,
        "headers": [("Content-Type", "application/json")],
        "body": b"{}",
        "timeout_seconds": 5.0,
    }
    return HttpRequest(**(values | changed))


def post(url, policy=LOOPBACK, ca_file=None, **changed):
    return send(make_request(url, **changed), policy=policy, ca_file=ca_file)


def collect(transport, count, seconds=10.0):
    outcomes, deadline = [], time.monotonic() + seconds
    while len(outcomes) < count and time.monotonic() < deadline:
        outcomes += transport.poll(0.5)
    return {outcome.key: outcome for outcome in outcomes}
