"""The operator's pages of accounts; the other apps build on `base`."""

from __future__ import annotations

from accounts.admin.access import ApiKeyAdmin, MembershipAdmin, NetworkAdmin
from accounts.admin.people import OrganizationsAdmin, PeopleAdmin
from accounts.admin.records import AuditEntryAdmin

__all__ = [
    "ApiKeyAdmin",
    "AuditEntryAdmin",
    "MembershipAdmin",
    "NetworkAdmin",
    "OrganizationsAdmin",
    "PeopleAdmin",
]
