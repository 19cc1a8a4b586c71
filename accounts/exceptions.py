"""What `accounts` refuses."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied

from integrations_project.lib.exceptions import ProjectError


class AccountsError(ProjectError):
    """The account action was refused."""

    code = "accounts_error"


class RoleRequired(AccountsError, PermissionDenied):
    """Your role does not allow this."""

    code = "role_required"
    status_code = 403


class LastAdmin(AccountsError):
    """An organization needs at least one Admin; make somebody else Admin first."""

    code = "last_admin"


class AlreadyMember(AccountsError):
    """This person is already a member of the organization."""

    code = "already_member"


class NetworkInUse(AccountsError):
    """This network is still chosen somewhere; take it out there first."""

    code = "network_in_use"
