"""Add what rules, response, uptime and status pages keep."""

from __future__ import annotations

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import integrations_project.lib.ids
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("alerts", "0001_initial"),
        ("webhooks", "0004_managed_destinations"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AlertType",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=integrations_project.lib.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        help_text="As POST /api/v1/alerts names it, such as ALERT_DOOR_OPEN.",
                        max_length=94,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^ALERT_[A-Z0-9_]+$",
                                "Write ALERT_ and capital letters, digits and underscores, such as ALERT_DOOR_OPEN.",
                            )
                        ],
                    ),
                ),
                (
                    "title",
                    models.CharField(help_text='Such as "Door open".', max_length=100),
                ),
                ("category", models.CharField(blank=True, max_length=100)),
                (
                    "when",
                    models.CharField(
                        blank=True,
                        help_text="When it is raised, as a sentence.",
                        max_length=500,
                    ),
                ),
                (
                    "fields",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text='Path to {"type", "description", "required"}; others are kept too.',
                    ),
                ),
                (
                    "example",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="Its data, as Verify and previews show it.",
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False
                    ),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "ordering": ("name",),
            },
        ),
        migrations.CreateModel(
            name="DailyUptime",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("day", models.DateField()),
                ("operational_seconds", models.FloatField(default=0)),
                ("degraded_seconds", models.FloatField(default=0)),
                ("down_seconds", models.FloatField(default=0)),
                ("maintenance_seconds", models.FloatField(default=0)),
                ("unknown_seconds", models.FloatField(default=0)),
                ("incident_count", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Escalation",
            fields=[
                (
                    "incident",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="escalation",
                        serialize=False,
                        to="alerts.incident",
                    ),
                ),
                ("policy_label", models.CharField(max_length=100)),
                ("steps", models.JSONField(default=list)),
                ("rounds_left", models.PositiveSmallIntegerField(default=0)),
                ("next_position", models.PositiveSmallIntegerField(default=0)),
                ("next_at", models.DateTimeField(null=True)),
                ("stopped_reason", models.CharField(blank=True, max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="EscalationPolicy",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=integrations_project.lib.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("label", models.CharField(max_length=100)),
                ("description", models.TextField(blank=True, max_length=2000)),
                (
                    "is_default",
                    models.BooleanField(
                        default=False,
                        help_text="For services that name no policy of their own.",
                    ),
                ),
                (
                    "minimum_severity",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("minor", "Minor"),
                            ("major", "Major"),
                            ("critical", "Critical"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "repeat_count",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="How often the steps are gone through again.",
                        validators=[
                            django.core.validators.MaxValueValidator(
                                10, "Ten times at most."
                            )
                        ],
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False
                    ),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "verbose_name_plural": "escalation policies",
                "ordering": ("label", "id"),
            },
        ),
        migrations.CreateModel(
            name="EscalationStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "wait_minutes",
                    models.PositiveSmallIntegerField(
                        default=5,
                        help_text="Minutes until the next step.",
                        validators=[
                            django.core.validators.MaxValueValidator(
                                1440, "Wait a day at most."
                            )
                        ],
                    ),
                ),
            ],
            options={
                "ordering": ("position", "id"),
            },
        ),
        migrations.CreateModel(
            name="OnCallMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
            ],
            options={
                "ordering": ("position", "id"),
            },
        ),
        migrations.CreateModel(
            name="OnCallOverride",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=integrations_project.lib.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("reason", models.CharField(blank=True, max_length=200)),
                (
                    "created_by",
                    models.CharField(blank=True, editable=False, max_length=200),
                ),
            ],
            options={
                "ordering": ("starts_at", "id"),
            },
        ),
        migrations.CreateModel(
            name="OnCallRotation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=integrations_project.lib.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=100)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("daily", "Daily"),
                            ("weekly", "Weekly"),
                            ("custom", "So many days"),
                        ],
                        default="weekly",
                        max_length=10,
                    ),
                ),
                (
                    "shift_days",
                    models.PositiveSmallIntegerField(
                        default=7,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(365),
                        ],
                    ),
                ),
                ("starts_on", models.DateField(help_text="The first hand-over's day.")),
                ("ends_on", models.DateField(blank=True, null=True)),
                (
                    "handover_time",
                    models.TimeField(help_text="In the schedule's zone."),
                ),
                ("active_from", models.TimeField(blank=True, null=True)),
                ("active_to", models.TimeField(blank=True, null=True)),
                (
                    "weekdays",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="0 is Monday; empty is every day.",
                    ),
                ),
            ],
            options={
                "ordering": ("position", "id"),
            },
        ),
        migrations.CreateModel(
            name="OnCallSchedule",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=integrations_project.lib.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                (
                    "time_zone",
                    models.CharField(
                        default="UTC",
                        help_text="Of hand-overs, such as Europe/Berlin.",
                        max_length=64,
                    ),
                ),
                (
                    "feed_token",
                    models.CharField(
                        blank=True,
                        editable=False,
                        help_text="Opens its calendar feed.",
                        max_length=64,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False
                    ),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "ordering": ("name", "id"),
            },
        ),
        migrations.CreateModel(
            name="PostTemplate",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=integrations_project.lib.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("label", models.CharField(max_length=100)),
                ("title", models.CharField(blank=True, max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("investigating", "Investigating"),
                            ("identified", "Identified"),
                            ("monitoring", "Monitoring"),
                            ("resolved", "Resolved"),
                            ("scheduled", "Scheduled"),
                            ("in_progress", "In progress"),
                            ("completed", "Completed"),
                            ("notice", "Notice"),
                        ],
                        default="investigating",
                        max_length=15,
                    ),
                ),
                ("message", models.TextField(max_length=5000)),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False
                    ),
                ),
            ],
            options={
                "ordering": ("label", "id"),
            },
        ),
        migrations.CreateModel(
            name="Preferences",
            fields=[
                (
                    "organization",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="preferences",
                        serialize=False,
                        to="accounts.organization",
                    ),
                ),
                (
                    "time_zone",
                    models.CharField(
                        default="UTC",
                        help_text="Where its days begin, such as Europe/Berlin.",
                        max_length=64,
                    ),
                ),
                (
                    "degraded_weight",
                    models.DecimalField(
                        decimal_places=3,
                        default=1,
                        help_text="How much of degraded time counts as up, 0 to 1.",
                        max_digits=4,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(1),
                        ],
                    ),
                ),
                (
                    "down_weight",
                    models.DecimalField(
                        decimal_places=3,
                        default=0,
                        help_text="How much of down time counts as up, 0 to 1; usually 0.",
                        max_digits=4,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(1),
                        ],
                    ),
                ),
                (
                    "maintenance",
                    models.CharField(
                        choices=[
                            ("excluded", "It does not count"),
                            ("up", "It counts as up"),
                        ],
                        default="excluded",
                        max_length=10,
                    ),
                ),
                (
                    "related_by",
                    models.CharField(
                        choices=[
                            ("none", "Nothing: each failure is an incident of its own"),
                            ("group", "The same group"),
                            ("network", "The same network"),
                            ("label", "The same value of a label"),
                        ],
                        default="group",
                        help_text="Failures of related services join the incident that is open.",
                        max_length=10,
                    ),
                ),
                (
                    "related_label",
                    models.CharField(
                        blank=True,
                        help_text="Which label, such as cluster.",
                        max_length=100,
                    ),
                ),
                (
                    "join_minutes",
                    models.PositiveSmallIntegerField(
                        default=5,
                        help_text="How long after an incident opened related failures join it.",
                        validators=[
                            django.core.validators.MaxValueValidator(
                                1440, "A day at most."
                            )
                        ],
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "preferences",
            },
        ),
        migrations.CreateModel(
            name="RuleState",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("subject_kind", models.CharField(max_length=20)),
                ("subject_id", models.UUIDField()),
                ("since", models.DateTimeField(help_text="When it became bad.")),
                (
                    "told_at",
                    models.DateTimeField(
                        help_text="When the rule's targets are told; later than now: held.",
                        null=True,
                    ),
                ),
                (
                    "event_id",
                    models.UUIDField(help_text="The event that tells them.", null=True),
                ),
                ("next_repeat_at", models.DateTimeField(null=True)),
                ("repeat_count", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="RuleTarget",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("url", models.CharField(max_length=2048, verbose_name="URL")),
            ],
        ),
        migrations.CreateModel(
            name="StatusPage",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=integrations_project.lib.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "slug",
                    models.SlugField(
                        error_messages={
                            "invalid": "Use letters, digits, hyphens and underscores only.",
                            "unique": "Another status page has this address; choose another one.",
                        },
                        help_text="Its address: /status/<slug>/; unique on this installation.",
                        max_length=60,
                        unique=True,
                    ),
                ),
                ("title", models.CharField(max_length=100)),
                (
                    "description",
                    models.TextField(
                        blank=True, help_text="Below the title.", max_length=2000
                    ),
                ),
                ("footer", models.TextField(blank=True, max_length=2000)),
                (
                    "support_url",
                    models.URLField(
                        blank=True, max_length=500, verbose_name="support link"
                    ),
                ),
                (
                    "website_url",
                    models.URLField(blank=True, max_length=500, verbose_name="website"),
                ),
                ("logo", models.BinaryField(blank=True, default=b"")),
                (
                    "logo_type",
                    models.CharField(blank=True, editable=False, max_length=20),
                ),
                (
                    "accent_colour",
                    models.CharField(
                        blank=True,
                        max_length=7,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^#[0-9a-fA-F]{6}$",
                                "Write a colour as # and six digits, such as #2563eb.",
                            )
                        ],
                    ),
                ),
                ("time_zone", models.CharField(default="UTC", max_length=64)),
                (
                    "public",
                    models.BooleanField(
                        default=True,
                        help_text="Off: visitors need the password or a network.",
                    ),
                ),
                (
                    "password",
                    models.CharField(
                        blank=True, editable=False, help_text="Hashed.", max_length=128
                    ),
                ),
                (
                    "allowed_networks",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Such as 10.0.0.0/8; they need no password.",
                    ),
                ),
                (
                    "allows_subscribers",
                    models.BooleanField(
                        default=True,
                        help_text="Visitors may follow it by e-mail or webhook.",
                    ),
                ),
                (
                    "posts_automatically",
                    models.BooleanField(
                        default=True, help_text="Incidents post by themselves."
                    ),
                ),
                ("revision", models.BigIntegerField(default=1, editable=False)),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False
                    ),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "ordering": ("title", "id"),
            },
        ),
        migrations.CreateModel(
            name="StatusPageComponent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        blank=True,
                        help_text="Empty takes the service's name.",
                        max_length=200,
                    ),
                ),
                ("description", models.CharField(blank=True, max_length=500)),
                (
                    "group",
                    models.CharField(
                        blank=True,
                        help_text="Empty takes the service's group.",
                        max_length=100,
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("shows_uptime", models.BooleanField(default=True)),
            ],
            options={
                "ordering": ("position", "id"),
            },
        ),
        migrations.CreateModel(
            name="StatusPost",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=integrations_project.lib.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("investigating", "Investigating"),
                            ("identified", "Identified"),
                            ("monitoring", "Monitoring"),
                            ("resolved", "Resolved"),
                            ("scheduled", "Scheduled"),
                            ("in_progress", "In progress"),
                            ("completed", "Completed"),
                            ("notice", "Notice"),
                        ],
                        default="investigating",
                        max_length=15,
                    ),
                ),
                ("message", models.TextField(blank=True, max_length=5000)),
                ("is_automatic", models.BooleanField(default=False)),
                ("actor_label", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="Subscriber",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=integrations_project.lib.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("email", "E-mail"), ("webhook", "Webhook")],
                        default="email",
                        max_length=10,
                    ),
                ),
                (
                    "address",
                    models.CharField(
                        help_text="An e-mail address or a URL.", max_length=2048
                    ),
                ),
                ("key", models.CharField(editable=False, max_length=64)),
                (
                    "asked_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False
                    ),
                ),
                (
                    "confirmed_at",
                    models.DateTimeField(blank=True, editable=False, null=True),
                ),
            ],
            options={
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="UsedLink",
            fields=[
                (
                    "digest",
                    models.CharField(max_length=64, primary_key=True, serialize=False),
                ),
                ("used_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="Window",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=integrations_project.lib.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("silence", "Silence"),
                            ("maintenance", "Maintenance"),
                        ],
                        default="maintenance",
                        max_length=12,
                    ),
                ),
                (
                    "title",
                    models.CharField(
                        help_text="As people will read it.", max_length=200
                    ),
                ),
                ("description", models.TextField(blank=True, max_length=5000)),
                (
                    "company_wide",
                    models.BooleanField(
                        default=False, help_text="Every service and every network."
                    ),
                ),
                (
                    "labels",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="Services with these labels, all of them.",
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("time_zone", models.CharField(default="UTC", max_length=64)),
                (
                    "recurrence",
                    models.CharField(
                        choices=[
                            ("once", "Once"),
                            ("daily", "Daily"),
                            ("weekly", "Weekly"),
                            ("monthly", "Monthly"),
                        ],
                        default="once",
                        max_length=10,
                    ),
                ),
                (
                    "weekdays",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="For weekly: 0 is Monday, 6 is Sunday.",
                    ),
                ),
                ("recurs_until", models.DateField(blank=True, null=True)),
                (
                    "is_public",
                    models.BooleanField(
                        default=True, help_text="Maintenance is shown on status pages."
                    ),
                ),
                (
                    "active_until",
                    models.DateTimeField(blank=True, editable=False, null=True),
                ),
                (
                    "ended_start",
                    models.DateTimeField(blank=True, editable=False, null=True),
                ),
                (
                    "cancelled_at",
                    models.DateTimeField(blank=True, editable=False, null=True),
                ),
                (
                    "created_by",
                    models.CharField(blank=True, editable=False, max_length=200),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False
                    ),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "ordering": ("-starts_at", "-id"),
            },
        ),
        migrations.AddField(
            model_name="incident",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                help_text="The incident that goes on in its place.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="merged",
                to="alerts.incident",
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                help_text="Who sees to it.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="owned_incidents",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="post_mortem",
            field=models.TextField(
                blank=True,
                help_text="What happened, and what follows.",
                max_length=50000,
            ),
        ),
        migrations.AddField(
            model_name="incidentservice",
            name="group",
            field=models.JSONField(
                blank=True,
                help_text='What tells its failures apart: [{"name", "value"}].',
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="incidentservice",
            name="source_label",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="rule",
            name="active_hours",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="When it speaks: time_zone and windows; empty is always.",
            ),
        ),
        migrations.AddField(
            model_name="rule",
            name="allowed_names",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text='Only these: {"match": exact|prefix|suffix|regex, "value"}.',
            ),
        ),
        migrations.AddField(
            model_name="rule",
            name="conditions",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text='All must hold: {"field", "op", "value"} over the event\'s data.',
            ),
        ),
        migrations.AddField(
            model_name="rule",
            name="delay_seconds",
            field=models.PositiveIntegerField(
                default=0,
                help_text="How long a bad state must last; recovered before, nobody is told.",
                validators=[
                    django.core.validators.MaxValueValidator(
                        86400, "Wait a day at most."
                    )
                ],
            ),
        ),
        migrations.AddField(
            model_name="rule",
            name="ignored_names",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="Never these; written like allowed names.",
            ),
        ),
        migrations.AddField(
            model_name="rule",
            name="labels",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="Labels that the service or the incident must have, name to value.",
            ),
        ),
        migrations.AddField(
            model_name="rule",
            name="minimum_severity",
            field=models.CharField(
                blank=True,
                choices=[
                    ("minor", "Minor"),
                    ("major", "Major"),
                    ("critical", "Critical"),
                ],
                help_text="Of incidents; empty takes every severity.",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="rule",
            name="options",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="What one alert type asks for, such as device_types or threshold.",
            ),
        ),
        migrations.AddField(
            model_name="rule",
            name="repeat_seconds",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Tell again this often while it is open; empty tells once.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(
                        60, "Repeat once a minute at most."
                    ),
                    django.core.validators.MaxValueValidator(
                        604800, "Repeat once a week at least."
                    ),
                ],
            ),
        ),
        migrations.AddField(
            model_name="service",
            name="budget_burning_since",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="service",
            name="uptime_target",
            field=models.DecimalField(
                blank=True,
                decimal_places=4,
                help_text="Percent of the last 30 days, such as 99.9; empty is no target.",
                max_digits=6,
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(
                        50, "Aim at 50 %% at least."
                    ),
                    django.core.validators.MaxValueValidator(
                        Decimal("99.9999"), "Aim at 99.9999 %% at most."
                    ),
                ],
            ),
        ),
        migrations.AddField(
            model_name="servicesource",
            name="incident_policy",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="servicesource",
            name="is_stale",
            field=models.BooleanField(
                default=False, help_text="Said because the source itself fell silent."
            ),
        ),
        migrations.AlterField(
            model_name="incidententry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("opened", "Opened"),
                    ("acknowledged", "Acknowledged"),
                    ("update", "Update"),
                    ("edited", "Edited"),
                    ("status", "Status"),
                    ("linked", "Service joined"),
                    ("unlinked", "Service recovered"),
                    ("owner", "Owner"),
                    ("merged", "Merged"),
                    ("escalated", "Escalated"),
                    ("silenced", "Silenced"),
                    ("post_mortem", "Post-mortem"),
                    ("resolved", "Resolved"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="rule",
            name="targets",
            field=models.ManyToManyField(
                help_text="The webhooks that are told at their own URL.",
                related_name="rules",
                to="webhooks.destination",
            ),
        ),
        migrations.AddConstraint(
            model_name="rule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("minimum_severity__in", ("", "minor", "major", "critical"))
                ),
                name="rule_minimum_severity_valid",
            ),
        ),
        migrations.AddField(
            model_name="alerttype",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="alert_types",
                to="accounts.organization",
            ),
        ),
        migrations.AddField(
            model_name="dailyuptime",
            name="service",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="days",
                to="alerts.service",
            ),
        ),
        migrations.AddIndex(
            model_name="escalation",
            index=models.Index(
                condition=models.Q(("next_at__isnull", False)),
                fields=["next_at"],
                name="escalation_due",
            ),
        ),
        migrations.AddField(
            model_name="escalationpolicy",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="escalation_policies",
                to="accounts.organization",
            ),
        ),
        migrations.AddField(
            model_name="service",
            name="escalation_policy",
            field=models.ForeignKey(
                blank=True,
                help_text="Who is told when nobody takes its incidents; empty is the default.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="services",
                to="alerts.escalationpolicy",
            ),
        ),
        migrations.AddField(
            model_name="escalationstep",
            name="destination",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="escalation_steps",
                to="webhooks.destination",
            ),
        ),
        migrations.AddField(
            model_name="escalationstep",
            name="policy",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="steps",
                to="alerts.escalationpolicy",
            ),
        ),
        migrations.AddField(
            model_name="oncallmember",
            name="destination",
            field=models.ForeignKey(
                blank=True,
                help_text="Where this person is told; empty is an e-mail to them.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="on_call_members",
                to="webhooks.destination",
            ),
        ),
        migrations.AddField(
            model_name="oncallmember",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="on_call_turns",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="oncalloverride",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="on_call_overrides",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="oncallmember",
            name="rotation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="members",
                to="alerts.oncallrotation",
            ),
        ),
        migrations.AddField(
            model_name="oncallschedule",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="on_call_schedules",
                to="accounts.organization",
            ),
        ),
        migrations.AddField(
            model_name="oncallrotation",
            name="schedule",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="rotations",
                to="alerts.oncallschedule",
            ),
        ),
        migrations.AddField(
            model_name="oncalloverride",
            name="schedule",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="overrides",
                to="alerts.oncallschedule",
            ),
        ),
        migrations.AddField(
            model_name="escalationstep",
            name="schedule",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="escalation_steps",
                to="alerts.oncallschedule",
            ),
        ),
        migrations.AddField(
            model_name="posttemplate",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="post_templates",
                to="accounts.organization",
            ),
        ),
        migrations.AddConstraint(
            model_name="preferences",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("related_by__in", ("none", "group", "network", "label"))
                ),
                name="preferences_related_by_valid",
            ),
        ),
        migrations.AddConstraint(
            model_name="preferences",
            constraint=models.CheckConstraint(
                condition=models.Q(("maintenance__in", ("excluded", "up"))),
                name="preferences_maintenance_valid",
            ),
        ),
        migrations.AddField(
            model_name="rulestate",
            name="rule",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="states",
                to="alerts.rule",
            ),
        ),
        migrations.AddField(
            model_name="ruletarget",
            name="destination",
            field=models.ForeignKey(
                help_text="The webhook whose settings it shares.",
                on_delete=django.db.models.deletion.CASCADE,
                related_name="rule_targets",
                to="webhooks.destination",
            ),
        ),
        migrations.AddField(
            model_name="ruletarget",
            name="rule",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="further_targets",
                to="alerts.rule",
            ),
        ),
        migrations.AddField(
            model_name="ruletarget",
            name="sender",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="sending_for",
                to="webhooks.destination",
            ),
        ),
        migrations.CreateModel(
            name="StatusSnapshot",
            fields=[
                (
                    "page",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="snapshot",
                        serialize=False,
                        to="alerts.statuspage",
                    ),
                ),
                ("revision", models.BigIntegerField()),
                ("built_at", models.DateTimeField()),
                ("data", models.JSONField()),
                ("html", models.TextField()),
            ],
        ),
        migrations.AddField(
            model_name="statuspage",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="status_pages",
                to="accounts.organization",
            ),
        ),
        migrations.AddField(
            model_name="statuspagecomponent",
            name="page",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="components",
                to="alerts.statuspage",
            ),
        ),
        migrations.AddField(
            model_name="statuspagecomponent",
            name="service",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="components",
                to="alerts.service",
            ),
        ),
        migrations.AddField(
            model_name="statuspage",
            name="services",
            field=models.ManyToManyField(
                blank=True,
                related_name="status_pages",
                through="alerts.StatusPageComponent",
                to="alerts.service",
            ),
        ),
        migrations.AddField(
            model_name="statuspost",
            name="incident",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="status_posts",
                to="alerts.incident",
            ),
        ),
        migrations.AddField(
            model_name="statuspost",
            name="page",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="posts",
                to="alerts.statuspage",
            ),
        ),
        migrations.AddField(
            model_name="subscriber",
            name="components",
            field=models.ManyToManyField(
                blank=True,
                help_text="None chosen means all.",
                related_name="subscribers",
                to="alerts.statuspagecomponent",
            ),
        ),
        migrations.AddField(
            model_name="subscriber",
            name="destination",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="status_subscribers",
                to="webhooks.destination",
            ),
        ),
        migrations.AddField(
            model_name="subscriber",
            name="page",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="subscribers",
                to="alerts.statuspage",
            ),
        ),
        migrations.AddField(
            model_name="usedlink",
            name="incident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="used_links",
                to="alerts.incident",
            ),
        ),
        migrations.AddField(
            model_name="window",
            name="networks",
            field=models.ManyToManyField(
                blank=True, related_name="windows", to="accounts.network"
            ),
        ),
        migrations.AddField(
            model_name="window",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="windows",
                to="accounts.organization",
            ),
        ),
        migrations.AddField(
            model_name="window",
            name="services",
            field=models.ManyToManyField(
                blank=True, related_name="windows", to="alerts.service"
            ),
        ),
        migrations.AddField(
            model_name="statuspost",
            name="window",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="status_posts",
                to="alerts.window",
            ),
        ),
        migrations.AddConstraint(
            model_name="alerttype",
            constraint=models.UniqueConstraint(
                fields=("organization", "name"),
                name="alerttype_name_unique",
                violation_error_message="This alert type exists already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="dailyuptime",
            constraint=models.UniqueConstraint(
                fields=("service", "day"), name="dailyuptime_service_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="escalationpolicy",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_default", True)),
                fields=("organization",),
                name="escalationpolicy_default_unique",
            ),
        ),
        migrations.AddConstraint(
            model_name="oncallschedule",
            constraint=models.UniqueConstraint(
                fields=("organization", "name"), name="oncallschedule_name_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="oncalloverride",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                name="oncalloverride_ends_later",
            ),
        ),
        migrations.AddConstraint(
            model_name="escalationstep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("destination__isnull", False), ("schedule__isnull", True)
                    ),
                    models.Q(
                        ("destination__isnull", True), ("schedule__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="escalationstep_one_target",
            ),
        ),
        migrations.AddConstraint(
            model_name="posttemplate",
            constraint=models.UniqueConstraint(
                fields=("organization", "label"), name="posttemplate_label_unique"
            ),
        ),
        migrations.AddIndex(
            model_name="rulestate",
            index=models.Index(
                condition=models.Q(("next_repeat_at__isnull", False)),
                fields=["next_repeat_at"],
                name="rulestate_repeat",
            ),
        ),
        migrations.AddIndex(
            model_name="rulestate",
            index=models.Index(
                fields=["subject_kind", "subject_id"], name="rulestate_subject"
            ),
        ),
        migrations.AddConstraint(
            model_name="rulestate",
            constraint=models.UniqueConstraint(
                fields=("rule", "subject_kind", "subject_id"), name="rulestate_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="ruletarget",
            constraint=models.UniqueConstraint(
                fields=("rule", "destination", "url"), name="ruletarget_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="statuspagecomponent",
            constraint=models.UniqueConstraint(
                fields=("page", "service"), name="statuspagecomponent_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="subscriber",
            constraint=models.UniqueConstraint(
                models.F("page"),
                models.F("kind"),
                django.db.models.functions.text.Lower("address"),
                name="subscriber_address_unique",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscriber",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ("email", "webhook"))),
                name="subscriber_kind_valid",
            ),
        ),
        migrations.AddIndex(
            model_name="window",
            index=models.Index(
                condition=models.Q(("active_until__isnull", False)),
                fields=["organization"],
                name="window_active",
            ),
        ),
        migrations.AddConstraint(
            model_name="window",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                name="window_ends_later",
            ),
        ),
        migrations.AddConstraint(
            model_name="window",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ("silence", "maintenance"))),
                name="window_kind_valid",
            ),
        ),
        migrations.AddConstraint(
            model_name="window",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("recurrence__in", ("once", "daily", "weekly", "monthly"))
                ),
                name="window_recurrence_valid",
            ),
        ),
        migrations.AddIndex(
            model_name="statuspost",
            index=models.Index(fields=["page", "-id"], name="statuspost_page"),
        ),
    ]
