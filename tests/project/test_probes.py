"""Probes are answered whatever name they use."""

from __future__ import annotations

import pytest


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/healthz/", "/readyz"])
def test_probe_by_an_unknown_host_is_answered(client, path):
    answer = client.get(path, headers={"host": "10.1.2.3"})
    assert answer.status_code in (200, 503)
    assert answer.json()["status"] in ("ok", "unavailable")
