from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django_q.models import Schedule

from accounts.actions import find_api_key
from accounts.models import ApiKey, AuditEntry, Membership, Organization, User
from integrations_project.schedules import PREFIX, REGULAR

pytestmark = pytest.mark.django_db


def run(*arguments, **options):
    output = StringIO()
    call_command(*arguments, stdout=output, **options)
    return output.getvalue()


@pytest.fixture
def organization():
    return Organization.objects.create(name="Acme", slug="acme")


# bootstrap


def test_bootstrap_makes_the_first_administrator():
    output = run("bootstrap")
    password = re.search(r"Password  (\S+)", output)[1]
    user = User.objects.get(email="admin@example.com")
    assert user.check_password(password)
    assert user.is_superuser
    assert Membership.objects.get(user=user).role == "admin"
    assert Organization.objects.get().slug == "default"


def test_bootstrap_takes_the_given_sign_in(settings):
    settings.ADMIN_EMAIL = "Ann@Example.com"
    settings.ADMIN_PASSWORD = "correct horse"
    output = run("bootstrap")
    assert User.objects.get(email="ann@example.com").check_password("correct horse")
    assert "correct horse" not in output


def test_bootstrap_again_changes_nothing(settings):
    run("bootstrap")
    before = User.objects.get().password
    settings.ADMIN_EMAIL = "other@example.com"
    assert run("bootstrap") == ""
    assert User.objects.get().password == before


def test_bootstrap_refuses_what_is_no_address(settings):
    settings.ADMIN_EMAIL = "admin"
    with pytest.raises(CommandError, match="ADMIN_EMAIL must be an e-mail address"):
        run("bootstrap")
    assert not User.objects.exists()
    assert not Organization.objects.exists()


def test_bootstrap_keeps_schedules_in_step():
    Schedule.objects.create(name="signalpost:gone", func="gone")
    Schedule.objects.create(name="theirs", func="theirs")
    run("bootstrap")
    run("bootstrap")
    names = Schedule.objects.values_list("name", flat=True)
    wanted = {f"{PREFIX}{regular.name}" for regular in REGULAR} | {"theirs"}
    assert set(names) == wanted


# create_api_key


def test_key_is_all_that_is_printed(organization):
    output = run("create_api_key", organization="acme", name="CI", role="write")
    assert re.fullmatch(r"sp_[A-Za-z0-9]{40}\n", output)
    api_key = find_api_key(output.strip(), now=timezone.now())
    assert (api_key.organization, api_key.scope) == (organization, "write")


def test_key_reads_unless_told_otherwise(organization):
    run("create_api_key", organization="acme", name="CI")
    assert ApiKey.objects.get().scope == "read"


def test_key_leaves_an_audit_entry(organization):
    run("create_api_key", organization="acme", name="CI")
    entry = AuditEntry.objects.get(action="api_key.created")
    assert entry.actor_label == "Command line"


def test_unknown_organization_is_named(organization):
    with pytest.raises(CommandError, match='no organization "nope"'):
        run("create_api_key", organization="nope", name="CI")


@pytest.mark.parametrize("name", ["", "  ", "x" * 101])
def test_key_needs_a_name(organization, name):
    with pytest.raises(CommandError, match="--name must have 1 to 100 characters"):
        run("create_api_key", organization="acme", name=name)


def test_unknown_role_is_refused(organization):
    with pytest.raises(CommandError, match="invalid choice: 'root'"):
        run("create_api_key", "--organization=acme", "--name=CI", "--role=root")


# serve and qcluster


@pytest.mark.parametrize("command", ["serve", "qcluster"])
def test_debug_is_refused(settings, command):
    settings.DEBUG = True
    with pytest.raises(CommandError, match="Set DEBUG=0"):
        run(command)


@pytest.mark.parametrize("command", ["serve", "qcluster"])
def test_missing_migrations_are_told(command):
    MigrationRecorder.Migration.objects.filter(app="sessions").delete()
    with pytest.raises(CommandError, match="lacks 1 migrations"):
        run(command)


def test_qcluster_is_ours():
    with pytest.raises(CommandError, match="--run-once needs --name"):
        run("qcluster", run_once=True)


def test_unknown_cluster_is_refused():
    with pytest.raises(CommandError, match="invalid choice: 'other'"):
        run("qcluster", "--name=other")
