"""The form of a monitor: which pages, how they are read, when, and who is told.

It makes the strategy too: one that only this monitor uses is edited in its form,
any other is chosen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django import forms

from accounts.models import Network
from alerts.models import Service
from integrations_project.lib.form_fields import JsonField, PairsField, SecretField
from integrations_project.lib.spans import SpanField
from integrations_project.lib.zones import list_zones
from monitors.forms.fields import CodesField, ListField
from monitors.forms.reading import ReadingFields
from monitors.models import Schedule, Strategy
from monitors.models.schedule import MAX_INTERVAL_SECONDS, MIN_INTERVAL_SECONDS

if TYPE_CHECKING:
    from accounts.permissions import Access

INTERVAL, CRON = "interval", "cron"
_EXPECTED = {
    "status_codes": "expected_codes",
    "text": "expected_text",
    "no_text": "expected_no_text",
    "response_ms": "expected_ms",
    "tls_days": "expected_tls_days",
}
_PLAIN = (
    "name",
    "time_zone",
    "honours_robots",
    "service",
    "failure_status",
    "failure_threshold",
    "auto_create_incidents",
    "incident_severity",
)
_URL = {"spellcheck": "false", "autocapitalize": "off", "inputmode": "url"}


class MonitorForm(ReadingFields, forms.ModelForm[Schedule]):
    """Everything that a monitor has, with its strategy."""

    SHOWN_AT = {
        **ReadingFields.SHOWN_AT,
        "url": "pages",
        "urls": "pages",
        "interval_seconds": "every",
        "expectations": "expected_codes",
    }

    pages = ListField(
        label="Page",
        widget=forms.Textarea(
            attrs={**_URL, "rows": 1, "placeholder": "https://example.com/prices"}
        ),
        help_text="Its address; several, one a line, are read each time.",
        error_messages={"required": "Write the address of a page."},
    )
    strategy = forms.ModelChoiceField(
        label="How it is read",
        queryset=Strategy.objects.none(),
        required=False,
        empty_label="As set here",
        help_text="A strategy is shared: what is changed there counts here too.",
    )
    timing = forms.ChoiceField(
        label="How often",
        choices=[(INTERVAL, "Every so often"), (CRON, "By a cron expression")],
        initial=INTERVAL,
        required=False,
        widget=forms.RadioSelect,
    )
    every = SpanField(
        label="Every",
        least=MIN_INTERVAL_SECONDS,
        most=MAX_INTERVAL_SECONDS,
        initial=3600,
        widget=forms.TextInput(attrs={"list": "usual-times", "placeholder": "1 h"}),
        help_text="Such as 5 min, 1 h or 1 d; 1 min at least.",
    )
    time_zone = forms.ChoiceField(
        required=False, help_text="Its clocks count, summer and winter."
    )
    parameters = PairsField(
        label="Query parameters",
        required=False,
        separator="=",
        help_text="One a line, such as page = 2.",
    )
    expected_codes = CodesField(
        label="Status code",
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "200", "inputmode": "numeric"}),
        help_text="One of these. Empty fails on 400 and above.",
    )
    expected_text = ListField(
        label="Text that must be there",
        required=False,
        help_text="One a line; all of them.",
    )
    expected_no_text = ListField(
        label="Text that must not be there",
        required=False,
        help_text="One a line; none of them.",
    )
    expected_ms = forms.IntegerField(
        label="Answer within, ms", required=False, help_text="Such as 2000."
    )
    expected_tls_days = forms.IntegerField(
        label="Certificate lasts, days",
        required=False,
        help_text="At least so many more. 14 is usual.",
    )
    webhook_url = forms.CharField(
        label="URL",
        required=False,
        max_length=2048,
        widget=forms.TextInput(
            attrs={**_URL, "placeholder": "https://example.com/hook"}
        ),
        help_text="Told of each run. mailto:ops@example.com tells by e-mail.",
    )
    webhook_type = forms.ChoiceField(
        label="Type",
        required=False,
        choices=[("", "Detected from the URL"), *Schedule.WebhookType.choices],
    )
    webhook_secret = SecretField(
        label="Secret",
        help_text="Sent in X-Webhook-Secret. Empty makes one, or keeps what is stored.",
    )
    webhook_metadata = JsonField(
        empty=dict,
        label="Metadata",
        help_text='Echoed in every payload, such as {"team": "data"}.',
    )

    class Meta:
        model = Schedule
        fields = (
            "name",
            "cron_expression",
            "honours_robots",
            "service",
            "failure_status",
            "failure_threshold",
            "auto_create_incidents",
            "incident_severity",
            "networks",
        )
        labels = {
            "honours_robots": "Honour robots.txt",
            "service": "Service that follows it",
            "failure_status": "A failing page makes it",
            "failure_threshold": "After so many failures in a row",
            "auto_create_incidents": "Open an incident",
            "incident_severity": "Severity",
        }
        help_texts = {
            "service": "Not well while the page fails, and well again after.",
            "name": "Empty takes the page's address.",
            "cron_expression": "Minute, hour, day, month, day of the week.",
            "honours_robots": "Pages that it forbids to robots are not read.",
        }
        widgets = {
            "networks": forms.CheckboxSelectMultiple,
            "cron_expression": forms.TextInput(
                attrs={"placeholder": "0 9 * * 1-5", "spellcheck": "false"}
            ),
        }

    def __init__(self, *args: Any, access: Access, **options: Any) -> None:
        super().__init__(*args, **options)
        self.access = access
        self._limit_choices()
        self.own_strategy = self._find_own_strategy()
        if self.own_strategy is not None:
            # It is what "as set here" means.
            strategy = self.fields["strategy"]
            assert isinstance(strategy, forms.ModelChoiceField)
            rows = self.access.rows(Strategy)
            strategy.queryset = rows.exclude(pk=self.own_strategy.pk)
        if not self.instance._state.adding:
            self._show_stored()
        for name in ("failure_status", "auto_create_incidents", "incident_severity"):
            self.fields[name].required = False
        self.fields["failure_threshold"].required = False

    def _limit_choices(self) -> None:
        for name, model in (("service", Service), ("networks", Network)):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = self.access.rows(model)
        service, strategy = self.fields["service"], self.fields["strategy"]
        assert isinstance(service, forms.ModelChoiceField)
        assert isinstance(strategy, forms.ModelChoiceField)
        service.empty_label = "No service"
        strategy.queryset = self.access.rows(Strategy)
        zones = self.fields["time_zone"]
        assert isinstance(zones, forms.ChoiceField)
        zones.choices = [(n, n) for n in dict.fromkeys(["UTC", *list_zones()])]

    def _find_own_strategy(self) -> Strategy | None:
        """Return the strategy that only this monitor uses: it is edited here."""
        if self.instance._state.adding:
            return None
        found: Strategy = self.instance.strategy
        others = found.schedules.exclude(pk=self.instance.pk)
        return None if others.exists() else found

    def _show_stored(self) -> None:
        stored = self.instance
        wanted = stored.expectations
        is_cron = stored.interval_seconds is None
        shown = {
            "pages": stored.urls,
            "strategy": None if self.own_strategy else stored.strategy_id,
            "timing": CRON if is_cron else INTERVAL,
            "every": None if is_cron else stored.interval_seconds,
            "time_zone": stored.time_zone,
            "parameters": stored.parameters,
            "webhook_url": stored.webhook_url,
            "webhook_type": stored.webhook_type,
            "webhook_metadata": stored.webhook_metadata or None,
            **{field: wanted.get(name) for name, field in _EXPECTED.items()},
        }
        self.initial.update(shown)
        self.show_reading(self.own_strategy or stored.strategy)

    def clean(self) -> dict[str, Any]:
        """Check what belongs together, and the networks against one's rights."""
        cleaned = super().clean()
        is_cron = cleaned.get("timing") == CRON
        if is_cron and not cleaned.get("cron_expression"):
            self.add_error("cron_expression", "Write one such as 0 9 * * 1-5.")
        if not is_cron and not cleaned.get("every") and "every" not in self.errors:
            self.add_error("every", "Write how often, such as 5 min or 1 h.")
        networks = {network.pk for network in cleaned.get("networks") or ()}
        if not self.access.may_edit_networks(networks):
            self.add_error("networks", "Choose among the networks that you look after.")
        return cleaned

    def read_values(self) -> dict[str, Any]:
        """Return what `monitors.actions.schedules` takes."""
        cleaned = self.cleaned_data
        pages: list[str] = cleaned["pages"]
        wants_list = len(pages) > 1 or (self.instance.is_batch and self._keeps_pages())
        values: dict[str, Any] = {n: _or_none(cleaned.get(n)) for n in _PLAIN}
        values |= {
            "honours_robots": cleaned.get("honours_robots", False),
            "name": cleaned.get("name", ""),
            "parameters": cleaned.get("parameters") or {},
            "expectations": self._read_expectations(),
            "networks": list(cleaned.get("networks") or ()),
            "webhook_metadata": cleaned.get("webhook_metadata") or {},
            **({"urls": pages} if wants_list else {"url": pages[0]}),
        }
        if cleaned.get("timing") == CRON:
            values["cron_expression"] = cleaned["cron_expression"]
        else:
            values["interval_seconds"] = cleaned["every"]
        if {"webhook_url", "webhook_type"} & set(self.changed_data):
            values["webhook_url"] = cleaned.get("webhook_url", "")
            if values["webhook_url"]:
                values["webhook_type"] = cleaned.get("webhook_type", "")
        if cleaned.get("webhook_secret"):
            values["webhook_secret"] = cleaned["webhook_secret"]
        return values

    def _keeps_pages(self) -> bool:
        return "pages" not in self.changed_data

    def _read_expectations(self) -> dict[str, Any]:
        typed = {n: self.cleaned_data.get(field) for n, field in _EXPECTED.items()}
        return {name: value for name, value in typed.items() if value not in (None, [])}

    def read_strategy(self) -> dict[str, Any]:
        """Return what the strategy of its own is, when no other one is chosen."""
        cleaned = self.cleaned_data
        values = self.read_reading()
        if self.own_strategy is not None:
            return values
        page = cleaned["pages"][0]
        return values | {"name": cleaned.get("name") or name_page(page), "url": page}

    def build_trial(self) -> tuple[Strategy, str]:
        """Return the strategy as it is typed, not stored, and the first page."""
        cleaned = self.cleaned_data
        page = cleaned["pages"][0]
        chosen: Strategy | None = cleaned.get("strategy")
        if chosen is not None:
            return chosen, page
        own = self.own_strategy
        kept = {"parameters": own.parameters} if own else {}
        values = self.read_reading() | kept
        return Strategy(organization=self.access.organization, **values), page

    @property
    def has_expectations(self) -> bool:
        """Whether that part of the form is more than empty fields."""
        return any(
            self[name].value() or name in self.errors for name in _EXPECTED.values()
        )

    def _post_clean(self) -> None:
        # The actions check the whole of it, and say what is wrong.
        return


def _or_none(value: Any) -> Any:
    """Return what was typed; None, which takes the default, for nothing."""
    return None if value == "" else value


def name_page(url: str) -> str:
    """Return what a page is called without a name: its address without the scheme."""
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}".rstrip("/")[:200] or url[:200]
