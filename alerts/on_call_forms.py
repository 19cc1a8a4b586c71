"""Forms of on-call schedules: the schedule, a rotation with its people, an override."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms

from accounts.models import User
from alerts.actions import NewMember, find_rotation_errors
from alerts.local_time_field import LocalTimeField, read_local_time
from alerts.models import OnCallOverride, OnCallRotation, OnCallSchedule
from integrations_project.lib.zones import list_zones
from webhooks.models import Destination

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.models import Organization
    from accounts.permissions import Access

WEEKDAYS = tuple(enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")))
#: Empty lines that a form of people has at least, and those that More adds.
SPARE_LINES = 3
MOST_LINES = 50


class PersonField(forms.ModelChoiceField[User]):
    """One of the people of an organization who can sign in."""

    def __init__(self, organization: Organization, **options: Any) -> None:
        people = User.objects.filter(
            memberships__organization=organization, is_active=True
        )
        super().__init__(people.order_by("name", "email"), **options)

    def label_from_instance(self, user: Any) -> str:
        """Show the address too where there is a name."""
        return f"{user.name} ({user.email})" if user.name else str(user.email)


class ScheduleForm(forms.ModelForm[OnCallSchedule]):
    """A schedule's name and the zone in which people hand over."""

    time_zone = forms.ChoiceField(
        help_text="Hand-overs are at this zone's times, summer and winter."
    )

    class Meta:
        model = OnCallSchedule
        fields = ("name", "time_zone")
        error_messages = {"name": {"required": "Name it, such as “Primary”."}}

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access = access
        field = self.fields["time_zone"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(name, name) for name in list_zones()]

    def clean_name(self) -> str:
        """Refuse a name that another schedule of the organization has."""
        name: str = self.cleaned_data["name"].strip()
        others = self.access.rows(OnCallSchedule).filter(name=name)
        if others.exclude(pk=self.instance.pk).exists():
            message = f"There is already a schedule {name}; choose another name."
            raise forms.ValidationError(message)
        return name


class RotationForm(forms.ModelForm[OnCallRotation]):
    """A rotation and its people in their order, a line each.

    `members` holds the people of a valid form.
    """

    weekdays = forms.TypedMultipleChoiceField(
        choices=WEEKDAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Only on",
        help_text="None chosen is every day.",
    )

    class Meta:
        model = OnCallRotation
        fields = (
            "name",
            "kind",
            "shift_days",
            "handover_time",
            "starts_on",
            "ends_on",
            "active_from",
            "active_to",
            "weekdays",
        )
        widgets = {
            "handover_time": forms.TimeInput({"type": "time"}, "%H:%M"),
            "active_from": forms.TimeInput({"type": "time"}, "%H:%M"),
            "active_to": forms.TimeInput({"type": "time"}, "%H:%M"),
            "starts_on": forms.DateInput({"type": "date"}, "%Y-%m-%d"),
            "ends_on": forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        }
        labels = {
            "kind": "Hand over",
            "shift_days": "Days a shift lasts",
            "handover_time": "Hand-over time",
            "starts_on": "First day",
            "ends_on": "Last day",
            "active_from": "Only from",
            "active_to": "to",
        }
        help_texts = {
            "name": "Such as “Working hours”.",
            "starts_on": "The first person starts here, at the hand-over time.",
            "ends_on": "The last day on which a shift starts; empty is for good.",
            "active_from": "Empty is around the clock.",
            "active_to": "Before the first time is the next morning.",
        }

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access = access
        self.members: list[NewMember] = []
        self.fields["shift_days"].required = False
        stored = self._list_stored()
        self.line_count = self._count_lines(len(stored))
        for number in range(self.line_count):
            member = stored[number] if number < len(stored) else None
            self._add_line(number, member)

    def lines(self) -> Iterator[tuple[int, Any, Any]]:
        """Yield number, person and where they are told, for each line."""
        for number in range(self.line_count):
            yield number + 1, self[f"person_{number}"], self[f"told_{number}"]

    def clean_shift_days(self) -> int:
        """It is asked for with “so many days” alone."""
        days: int | None = self.cleaned_data["shift_days"]
        return days or self.instance.shift_days

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django calls it, unnamed in stubs
        self.members = [
            NewMember(user=user, destination=self.cleaned_data.get(f"told_{number}"))
            for number in range(self.line_count)
            if (user := self.cleaned_data.get(f"person_{number}"))
        ]
        if self.errors:
            return
        found = find_rotation_errors(
            self.instance, self.members, organization=self.access.organization
        )
        for name, sentences in found.items():
            field = name if name in self.fields else "person_0"
            self.add_error(field, forms.ValidationError(sentences))

    def _list_stored(self) -> list[Any]:
        if self.instance._state.adding:
            return []
        return list(self.instance.members.order_by("position"))

    def _count_lines(self, stored_count: int) -> int:
        count = stored_count + SPARE_LINES
        if self.is_bound:
            while count < MOST_LINES and self._is_sent(count):
                count += 1
            count += SPARE_LINES if "more" in self.data else 0
        return min(count, MOST_LINES)

    def _is_sent(self, number: int) -> bool:
        return self.add_prefix(f"person_{number}") in self.data

    def _add_line(self, number: int, member: Any) -> None:
        self.fields[f"person_{number}"] = PersonField(
            self.access.organization,
            required=False,
            empty_label="Nobody",
            initial=member and member.user_id,
            label=f"Person {number + 1}",
        )
        self.fields[f"told_{number}"] = forms.ModelChoiceField(
            list_targets(self.access),
            required=False,
            empty_label="An e-mail to them",
            initial=member and member.destination_id,
            label=f"Person {number + 1} is told by",
        )


class OverrideForm(forms.ModelForm[OnCallOverride]):
    """Somebody else for a while; times are the schedule's own."""

    starts_at = LocalTimeField(label="From", missing="Enter when it begins.")
    ends_at = LocalTimeField(label="Until", missing="Enter when it ends.")

    class Meta:
        model = OnCallOverride
        fields = ("user", "starts_at", "ends_at", "reason")
        help_texts = {"reason": "Such as “Holiday” or “Swapped with Ann”."}

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"] = PersonField(
            access.organization,
            label="On call instead",
            error_messages={"required": "Choose who is on call instead."},
        )

    def clean_starts_at(self) -> datetime:
        """Read it in the schedule's zone."""
        zone_name = self.instance.schedule.time_zone
        return read_local_time(self.cleaned_data["starts_at"], zone_name)

    def clean_ends_at(self) -> datetime:
        """Read it in the schedule's zone."""
        zone_name = self.instance.schedule.time_zone
        return read_local_time(self.cleaned_data["ends_at"], zone_name)

    def clean(self) -> dict[str, Any]:
        """Refuse what ends before it begins."""
        cleaned = super().clean() or {}
        start, end = cleaned.get("starts_at"), cleaned.get("ends_at")
        if start and end and start >= end:
            self.add_error("ends_at", "Choose an end after the start.")
        return cleaned


def list_targets(access: Access) -> Any:
    """Return the webhooks of people that somebody may be told by."""
    return access.rows(Destination).filter(managed_by="").order_by("label")
