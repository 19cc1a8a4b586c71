"""Deliveries that show a client certificate to a server that wants one."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.datatypes import SYSTEM
from tests.certificates import make_certificate
from tests.client_certificates import DAY, issue
from tests.factories import make_delivery, make_destination
from tests.webhooks.guarded_server import GuardedServer
from tests.webhooks.sending import LOOPBACK, collect, make_request, post
from webhooks.actions import verify_destination
from webhooks.engine import flight
from webhooks.engine.credentials import ClientCertificate
from webhooks.engine.transport import Transport
from webhooks.models import Attempt


@pytest.fixture(scope="module")
def root():
    return issue("Test root", is_authority=True)


@pytest.fixture
def own(tmp_path):
    return make_certificate(tmp_path)


@pytest.fixture
def guarded(tmp_path, own, root):
    """Start servers that want a certificate of the root: `guarded()`."""
    authority = tmp_path / "clients.crt"
    authority.write_text(root.certificate_pem)
    servers = []

    def start(**options):
        servers.append(GuardedServer(own, authority, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def trusting(monkeypatch, own):
    """Let the pump and Verify trust the server's certificate."""
    monkeypatch.setattr("webhooks.engine.transport.certifi.where", lambda: str(own[0]))
    monkeypatch.setattr(flight, "_shared", flight._Shared())


def as_certificate(pair, *further):
    chain = "".join(each.certificate_pem for each in (pair, *further))
    return ClientCertificate(chain=chain.encode(), key=pair.key_pem.encode())


def test_shows_the_certificate_with_its_chain(guarded, own, root):
    server = guarded()
    between = issue("Between", root, is_authority=True)
    shown = as_certificate(issue("alice", between), between)

    outcome = post(server.url, ca_file=str(own[0]), client_certificate=shown)

    assert outcome.ok, outcome.error
    assert server.names == ["alice"]


@pytest.mark.parametrize("rsa_bits", [0, 2048])
def test_keys_of_both_kinds_do(guarded, own, root, rsa_bits):
    server = guarded()
    shown = as_certificate(issue("alice", root, rsa_bits=rsa_bits))

    assert post(server.url, ca_file=str(own[0]), client_certificate=shown).ok


def test_without_one_the_failure_says_so(guarded, own):
    outcome = post(guarded().url, ca_file=str(own[0]))

    assert outcome.error.code == "tls_failed"
    assert "wants a client certificate" in outcome.error.detail
    assert "Give this webhook a client certificate" in outcome.error.hint


@pytest.mark.parametrize("flaw", ["expired", "unknown_authority"])
def test_one_that_is_not_accepted_is_said(guarded, own, root, flaw):
    issuer = root if flaw == "expired" else issue("Other root", is_authority=True)
    days = 20 if flaw == "expired" else 1
    shown = as_certificate(issue("alice", issuer, start=-days * DAY))

    outcome = post(guarded().url, ca_file=str(own[0]), client_certificate=shown)

    assert outcome.error.code == "tls_failed"
    assert "does not accept the client certificate" in outcome.error.detail


def test_one_that_cannot_be_read_is_said(guarded, own, root):
    shown = ClientCertificate(chain=b"no PEM", key=b"neither")

    outcome = post(guarded().url, ca_file=str(own[0]), client_certificate=shown)

    assert outcome.error.code == "tls_failed"
    assert "cannot be used" in outcome.error.detail


@pytest.mark.parametrize(
    ("hangs_up", "connections"),
    [
        pytest.param(False, 3, id="kept alive"),  # each keeps its own
        pytest.param(True, 7, id="session resumed"),
    ],
)
def test_connection_of_one_is_never_used_for_another(
    guarded, own, root, hangs_up, connections
):
    server = guarded(is_required=False, hangs_up=hangs_up)
    alice, bob = (as_certificate(issue(name, root)) for name in ("alice", "bob"))
    transport = Transport(LOOPBACK, ca_file=str(own[0]))
    shown = [alice, bob, None, alice, bob, None, alice]
    try:
        for number, certificate in enumerate(shown):
            transport.start(
                make_request(server.url, key=number, client_certificate=certificate)
            )
            assert collect(transport, 1)[number].ok
    finally:
        transport.close()

    assert server.names == ["alice", "bob", "", "alice", "bob", "", "alice"]
    assert len(set(server.seen)) == connections


def test_same_certificate_with_another_key_shares_nothing(guarded, own, root):
    server = guarded()
    alice = issue("alice", root)
    good = as_certificate(alice)
    bad = ClientCertificate(chain=good.chain, key=issue("x", root).key_pem.encode())
    transport = Transport(LOOPBACK, ca_file=str(own[0]))
    try:
        transport.start(make_request(server.url, key=1, client_certificate=good))
        assert collect(transport, 1)[1].ok
        transport.start(make_request(server.url, key=2, client_certificate=bad))
        outcome = collect(transport, 1)[2]
    finally:
        transport.close()

    assert not outcome.ok
    assert server.names == ["alice"]


@pytest.mark.django_db
def test_pump_and_verify_show_it(guarded, root, trusting, pump_once):
    server = guarded()
    alice = issue("alice", root)
    destination = make_destination(
        url=server.url,
        auth_method="client_certificate",
        client_certificate=alice.certificate_pem,
        client_key=alice.key_pem,
    )
    make_delivery(destination=destination)

    pump_once()
    result = verify_destination(destination, actor=SYSTEM, now=timezone.now())

    assert Attempt.objects.get().error == ""
    assert result.delivered
    assert server.names == ["alice", "alice"]
    assert alice.key_pem not in repr((result, Attempt.objects.values().get()))
