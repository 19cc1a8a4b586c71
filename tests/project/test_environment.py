from __future__ import annotations

import stat

import pytest
from cryptography.fernet import Fernet

from integrations_project.environment import ensure_env_file


@pytest.fixture
def path(tmp_path, monkeypatch):
    for name in ("SECRET_KEY", "ENCRYPTION_KEYS"):
        monkeypatch.delenv(name)
    for name in ("DELIVERY_ALLOW_HTTP", "DELIVERY_ALLOWED_NETWORKS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / ".env"


def values(path):
    pairs = (line.partition("=") for line in path.read_text().splitlines())
    return {name: value for name, _, value in pairs if value and name[0] != "#"}


def test_writes_keys_that_work(path):
    assert ensure_env_file(path)
    Fernet(values(path)["ENCRYPTION_KEYS"])
    assert len(values(path)["SECRET_KEY"]) >= 50


def test_only_the_owner_may_read_it(path):
    ensure_env_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_second_call_changes_nothing(path):
    ensure_env_file(path)
    before = path.read_bytes()
    assert not ensure_env_file(path)
    assert path.read_bytes() == before


def test_keeps_what_is_there(path):
    path.write_text("SECRET_KEY='mine'\nPORT=9000")
    ensure_env_file(path)
    assert path.read_text().startswith("SECRET_KEY='mine'\nPORT=9000\n")
    assert set(values(path)) == {"SECRET_KEY", "PORT", "ENCRYPTION_KEYS"}


def test_fills_in_an_empty_value(path):
    path.write_text("SECRET_KEY=\nENCRYPTION_KEYS=''\n")
    ensure_env_file(path)
    assert values(path)["SECRET_KEY"]
    assert path.read_text().count("SECRET_KEY=") == 1


def test_environment_wins(path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "from outside")
    ensure_env_file(path)
    assert "SECRET_KEY" not in values(path)


def test_writes_nothing_when_all_is_given(path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "from outside")
    monkeypatch.setenv("ENCRYPTION_KEYS", "from outside")
    assert not ensure_env_file(path)
    assert not path.exists()


def test_new_file_lets_one_try_webhooks_here(path):
    ensure_env_file(path)
    assert values(path)["DELIVERY_ALLOW_HTTP"] == "1"
    assert "127.0.0.0/8" in values(path)["DELIVERY_ALLOWED_NETWORKS"]
