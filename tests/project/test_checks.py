from __future__ import annotations

import copy
import ipaddress

import pytest

from integrations_project import checks


def ids(messages):
    return [message.id.partition(".")[2] for message in messages]


def test_own_settings_pass():
    found = [
        *checks.check_times(),
        *checks.check_database_directory(),
        *checks.check_site_url(),
        *checks.check_numbers(),
        *checks.check_allowed_hosts(),
        *checks.check_delivery_networks(),
        *checks.check_trial_settings(),
    ]
    assert found == []


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        pytest.param("timeout", 59, "E001", id="task shorter than a pump"),
        pytest.param("retry", 60, "E002", id="retried while it runs"),
        pytest.param("queue_limit", 8, "E002", id="retried while it waits"),
    ],
)
def test_times_that_do_not_fit(settings, name, value, expected):
    settings.Q_CLUSTER = copy.deepcopy(settings.Q_CLUSTER) | {name: value}
    assert expected in ids(checks.check_times())


def test_each_cluster_is_checked(settings):
    settings.Q_CLUSTER = copy.deepcopy(settings.Q_CLUSTER)
    settings.Q_CLUSTER["ALT_CLUSTERS"]["deliveries"]["timeout"] = 1
    assert ids(checks.check_times()) == ["E001"]


def test_unwritable_database_directory(settings, monkeypatch):
    database = settings.DATABASES["default"]
    monkeypatch.setitem(database, "ENGINE", "django.db.backends.sqlite3")
    monkeypatch.setitem(database, "NAME", "/proc/db.sqlite3")
    assert ids(checks.check_database_directory()) == ["E003"]


@pytest.mark.parametrize(
    "url",
    ["example.com", "ftp://example.com", "https://", "https://a.example/path",
     "https://me@a.example", "https://a.example?x=1"],
)  # fmt: skip
def test_site_url_that_is_none(settings, url):
    settings.SITE_URL = url
    assert ids(checks.check_site_url()) == ["E004"]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("TRUSTED_PROXIES", -1, "E005"),
        ("PORT", 65536, "E006"),
        ("RECEIVER_MAX_BODY_BYTES", 0, "E007"),
        ("RECEIVER_RATE_PER_MINUTE", 0, "E008"),
        ("RECEIVER_RATE_PER_MINUTE_ORGANIZATION", -1, "E010"),
        ("WEB_PROCESSES", 0, "E011"),
    ],
)
def test_number_out_of_range(settings, name, value, expected):
    setattr(settings, name, value)
    assert ids(checks.check_numbers()) == [expected]


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        pytest.param(["signalpost.example"], [], id="named"),
        pytest.param([".example"], [], id="domain"),
        pytest.param(["*"], ["W001"], id="every host"),
        pytest.param(["other.example"], ["E009"], id="site left out"),
    ],
)
def test_allowed_hosts(settings, hosts, expected):
    settings.SITE_URL = "https://signalpost.example"
    settings.ALLOWED_HOSTS = hosts
    assert ids(checks.check_allowed_hosts()) == expected


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        pytest.param("10.1.0.0/16", [], id="one network"),
        pytest.param("127.0.0.0/8", [], id="loopback"),
        pytest.param("10.0.0.0/8", ["W002"], id="all private addresses"),
        pytest.param("::/0", ["W002"], id="everything"),
    ],
)
def test_delivery_networks(settings, network, expected):
    settings.DELIVERY_ALLOWED_NETWORKS = (ipaddress.ip_network(network),)
    assert ids(checks.check_delivery_networks()) == expected


def test_debug_is_told(settings):
    settings.DEBUG = True
    assert ids(checks.check_trial_settings()) == ["W003"]


def test_trial_settings_on_a_public_site(settings):
    settings.SITE_URL = "https://signalpost.example"
    assert ids(checks.check_trial_settings()) == ["W004", "W005"]
