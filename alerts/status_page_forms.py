"""The form of a status page, for the dashboard and the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError

from alerts.actions import find_page_errors
from alerts.models import Service, StatusPage
from alerts.models.status_page import COLOUR
from alerts.status_page.colours import (
    DARK,
    LIGHT,
    READABLE,
    find_contrast,
    make_readable,
)
from alerts.status_page.logos import MAX_LOGO_BYTES
from alerts.status_page_fields import ComponentsField
from integrations_project.lib.form_fields import LinesField, SecretField

if TYPE_CHECKING:
    from accounts.permissions import Access

#: More than this in one form helps nobody.
MAX_SERVICES = 500


class StatusPageForm(forms.ModelForm[StatusPage]):
    """What the public is shown, and who may see it."""

    website_url = forms.URLField(
        label="Website", required=False, max_length=500, assume_scheme="https"
    )
    support_url = forms.URLField(
        label="Support link", required=False, max_length=500, assume_scheme="https"
    )
    components = ComponentsField(
        required=False,
        label="Services",
        help_text="Tick what is shown. Names, groups and texts may be left empty.",
    )
    allowed_networks = LinesField(
        required=False,
        rows=3,
        help_text="One a line, such as 10.0.0.0/8: they need no password.",
    )
    new_password = SecretField(
        label="Password", help_text="Empty keeps the one that is set."
    )
    removes_password = forms.BooleanField(required=False, label="Remove the password")
    new_logo = forms.FileField(
        required=False,
        label="Logo",
        help_text=f"PNG, JPEG, GIF, WebP or SVG, {MAX_LOGO_BYTES // 1024} KB at most.",
    )
    removes_logo = forms.BooleanField(required=False, label="Remove the logo")

    class Meta:
        model = StatusPage
        fields = (
            "title",
            "slug",
            "description",
            "public",
            "accent_colour",
            "website_url",
            "support_url",
            "footer",
            "time_zone",
            "allowed_networks",
            "posts_automatically",
            "allows_subscribers",
        )
        widgets = {
            "description": forms.Textarea(attrs={"rows": 2}),
            "footer": forms.Textarea(attrs={"rows": 2}),
            "accent_colour": forms.TextInput(attrs={"placeholder": "#2563eb"}),
        }
        labels = {
            "slug": "Address",
            "public": "Everybody may see it",
            "posts_automatically": "Incidents are shown by themselves",
            "allows_subscribers": "Visitors may follow it",
        }
        help_texts = {
            "slug": "The page is at /status/ and this name, such as acme; "
            "unique on this installation.",
        }
        error_messages = {
            "title": {"required": "Write the name that visitors know you by."},
            "slug": {"required": "Choose an address, such as acme for /status/acme/."},
        }

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access = access
        components = self.fields["components"]
        assert isinstance(components, ComponentsField)
        services = access.rows(Service).order_by("name", "pk")
        components.set_services(services[:MAX_SERVICES])
        if not self.instance._state.adding:
            rows = self.instance.components.order_by("position", "pk")
            self.initial["components"] = list(rows)
        if not self.instance.password:
            del self.fields["removes_password"]
        if not self.instance.logo:
            del self.fields["removes_logo"]

    @property
    def contrast_note(self) -> str:
        """Return how readable the page's colour is, as a sentence; empty without."""
        colour = self["accent_colour"].value() or ""
        if not COLOUR.regex.fullmatch(colour):  # type: ignore[union-attr]  # compiled
            return ""
        contrast = find_contrast(colour, LIGHT)
        if contrast >= READABLE and find_contrast(colour, DARK) >= READABLE:
            return f"{colour} is readable on light and on dark pages."
        light, dark = make_readable(colour, on=LIGHT), make_readable(colour, on=DARK)
        return (
            f"{colour} has a contrast of {contrast:.1f} on a light page; text needs "
            f"{READABLE}. Links are written in {light} there, and in {dark} on dark "
            "ones."
        )

    @property
    def parts(self) -> dict[str, Any]:
        """What was given beside the columns, as the action takes it."""
        cleaned = self.cleaned_data
        parts: dict[str, Any] = {"components": cleaned.get("components") or []}
        if cleaned.get("removes_password"):
            parts["password"] = ""
        elif cleaned.get("new_password"):
            parts["password"] = cleaned["new_password"]
        if cleaned.get("removes_logo"):
            parts["logo"] = b""
        elif upload := cleaned.get("new_logo"):
            upload.seek(0)
            # One byte more than is taken tells that it is too large.
            parts["logo"] = upload.read(MAX_LOGO_BYTES + 1)
        return parts

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's own step, not in stubs
        if self.errors:
            return
        names = {"services": "components", "logo": "new_logo"}
        for name, errors in find_page_errors(self.instance, **self.parts).items():
            self.add_error(names.get(name, name), ValidationError(errors))
