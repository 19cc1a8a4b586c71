"""Make the tables of monitors."""

from __future__ import annotations

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import integrations_project.lib.ids
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("alerts", "0002_rules_response_uptime_status_pages"),
        ("webhooks", "0004_managed_destinations"),
    ]

    operations = [
        migrations.CreateModel(
            name="Host",
            fields=[
                (
                    "origin",
                    models.CharField(max_length=300, primary_key=True, serialize=False),
                ),
                ("next_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("robots_text", models.TextField(blank=True)),
                (
                    "robots_status",
                    models.PositiveSmallIntegerField(
                        help_text="What /robots.txt was answered with.", null=True
                    ),
                ),
                ("robots_read_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Strategy",
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
                ("name", models.CharField(max_length=200)),
                ("description", models.TextField(blank=True, max_length=2000)),
                (
                    "url",
                    models.CharField(
                        help_text="The page that the preview was made from.",
                        max_length=2048,
                        verbose_name="URL",
                    ),
                ),
                (
                    "scraper_type",
                    models.CharField(
                        choices=[
                            ("content", "Text, section by section"),
                            ("css", "Items, by CSS selectors"),
                            ("json", "Items of a JSON document, by path"),
                        ],
                        default="content",
                        max_length=10,
                    ),
                ),
                (
                    "output_schema",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text='Selectors or paths: {"items": ".product", "fields": {…}}.',
                    ),
                ),
                (
                    "parameters",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="Query parameters that a run may override, name to value.",
                    ),
                ),
                (
                    "filter_config",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="Only items that match are kept.",
                    ),
                ),
                (
                    "ignored_patterns",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Patterns that are no change, such as dates and counters (RE2).",
                    ),
                ),
                (
                    "ignored_fields",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Fields that are not compared.",
                    ),
                ),
                (
                    "key_field",
                    models.CharField(
                        blank=True,
                        help_text="The field that tells items apart, such as link.",
                        max_length=100,
                    ),
                ),
                (
                    "is_ordered",
                    models.BooleanField(
                        default=False,
                        help_text="Another order of the items is a change.",
                    ),
                ),
                (
                    "preview_data",
                    models.JSONField(blank=True, default=list, editable=False),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False
                    ),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="strategies",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "strategies",
                "ordering": ("name", "id"),
            },
        ),
        migrations.CreateModel(
            name="Schedule",
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
                        blank=True,
                        help_text="Empty takes the strategy's name.",
                        max_length=200,
                    ),
                ),
                (
                    "urls",
                    models.JSONField(
                        default=list, help_text="The pages; at least one."
                    ),
                ),
                (
                    "is_batch",
                    models.BooleanField(
                        default=False, help_text="The pages were given as a list."
                    ),
                ),
                (
                    "interval_seconds",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(
                                60, "Run once a minute at most."
                            ),
                            django.core.validators.MaxValueValidator(
                                31536000, "Run once a year at least."
                            ),
                        ],
                    ),
                ),
                (
                    "cron_expression",
                    models.CharField(
                        blank=True,
                        help_text="Instead, such as 0 9 * * 1-5.",
                        max_length=100,
                    ),
                ),
                (
                    "time_zone",
                    models.CharField(
                        default="UTC",
                        help_text="Of the cron expression.",
                        max_length=64,
                    ),
                ),
                (
                    "parameters",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="Overrides of the strategy's parameters.",
                    ),
                ),
                ("enabled", models.BooleanField(default=True)),
                (
                    "honours_robots",
                    models.BooleanField(
                        default=True,
                        help_text="Pages that robots.txt forbids are not read.",
                    ),
                ),
                (
                    "webhook_type",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("standard", "Standard"),
                            ("slack", "Slack"),
                            ("slack_workflow", "Slack workflow"),
                            ("discord", "Discord"),
                            ("email", "E-mail"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "webhook_metadata",
                    models.JSONField(
                        blank=True, default=dict, help_text="Echoed in every payload."
                    ),
                ),
                (
                    "expectations",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="What each answer must have: status_codes, text, no_text, response_ms, tls_days.",
                    ),
                ),
                (
                    "failure_status",
                    models.CharField(
                        choices=[("degraded", "Degraded"), ("down", "Down")],
                        default="down",
                        max_length=10,
                    ),
                ),
                (
                    "failure_threshold",
                    models.PositiveSmallIntegerField(
                        default=2,
                        help_text="Failures in a row before the service is said to be so.",
                        validators=[
                            django.core.validators.MinValueValidator(
                                1, "One failure at least."
                            ),
                            django.core.validators.MaxValueValidator(
                                20, "Twenty failures at most."
                            ),
                        ],
                    ),
                ),
                (
                    "auto_create_incidents",
                    models.CharField(
                        choices=[
                            ("never", "Never"),
                            ("down", "When it is down"),
                            ("degraded", "When it is degraded or down"),
                        ],
                        default="never",
                        max_length=10,
                    ),
                ),
                (
                    "incident_severity",
                    models.CharField(
                        choices=[
                            ("minor", "Minor"),
                            ("major", "Major"),
                            ("critical", "Critical"),
                        ],
                        default="major",
                        max_length=10,
                    ),
                ),
                (
                    "next_run_at",
                    models.DateTimeField(blank=True, editable=False, null=True),
                ),
                (
                    "last_run_at",
                    models.DateTimeField(blank=True, editable=False, null=True),
                ),
                (
                    "consecutive_failures",
                    models.PositiveIntegerField(default=0, editable=False),
                ),
                (
                    "last_error",
                    models.CharField(blank=True, editable=False, max_length=500),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False
                    ),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "destination",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="monitor_schedules",
                        to="webhooks.destination",
                    ),
                ),
                (
                    "networks",
                    models.ManyToManyField(
                        blank=True,
                        help_text="None chosen means every network.",
                        related_name="monitor_schedules",
                        to="accounts.network",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="monitor_schedules",
                        to="accounts.organization",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        blank=True,
                        help_text="A service that follows what the runs find.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="monitor_schedules",
                        to="alerts.service",
                    ),
                ),
                (
                    "strategy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="schedules",
                        to="monitors.strategy",
                    ),
                ),
            ],
            options={
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="Job",
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
                ("batch_id", models.UUIDField(null=True)),
                ("url", models.CharField(max_length=2048)),
                ("parameters", models.JSONField(blank=True, default=dict)),
                ("slot_at", models.DateTimeField(null=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("running", "Running"),
                            ("completed", "Completed"),
                            ("failed", "Failed"),
                        ],
                        default="pending",
                        max_length=10,
                    ),
                ),
                (
                    "due_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now,
                        help_text="Pending: not before this. Running: the lease ends now.",
                    ),
                ),
                ("lease_owner", models.UUIDField(null=True)),
                (
                    "lost_count",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="Claims lost with their worker."
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("started_at", models.DateTimeField(null=True)),
                ("completed_at", models.DateTimeField(null=True)),
                ("duration_ms", models.PositiveIntegerField(null=True)),
                ("status_code", models.PositiveSmallIntegerField(null=True)),
                ("error_code", models.CharField(blank=True, max_length=40)),
                ("error", models.CharField(blank=True, max_length=500)),
                ("notices", models.JSONField(default=list)),
                ("results", models.JSONField(default=list)),
                ("item_count", models.PositiveIntegerField(default=0)),
                ("content_hash", models.CharField(blank=True, max_length=64)),
                ("structure_hash", models.CharField(blank=True, max_length=64)),
                ("has_changes", models.BooleanField(default=False)),
                ("added_count", models.PositiveIntegerField(default=0)),
                ("removed_count", models.PositiveIntegerField(default=0)),
                ("changed_count", models.PositiveIntegerField(default=0)),
                (
                    "seen_at",
                    models.DateTimeField(
                        help_text="When a client pulled the change.", null=True
                    ),
                ),
                ("etag", models.CharField(blank=True, max_length=500)),
                ("last_modified", models.CharField(blank=True, max_length=100)),
                ("trace", models.UUIDField(default=integrations_project.lib.ids.uuid7)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="monitor_jobs",
                        to="accounts.organization",
                    ),
                ),
                (
                    "previous",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="monitors.job",
                    ),
                ),
                (
                    "schedule",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="jobs",
                        to="monitors.schedule",
                    ),
                ),
                (
                    "strategy",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="jobs",
                        to="monitors.strategy",
                    ),
                ),
            ],
            options={
                "ordering": ("-id",),
            },
        ),
        migrations.AddConstraint(
            model_name="strategy",
            constraint=models.CheckConstraint(
                condition=models.Q(("scraper_type__in", ("content", "css", "json"))),
                name="strategy_scraper_type_valid",
            ),
        ),
        migrations.AddIndex(
            model_name="schedule",
            index=models.Index(
                condition=models.Q(("enabled", True), ("next_run_at__isnull", False)),
                fields=["next_run_at"],
                name="schedule_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="schedule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("cron_expression", ""), ("interval_seconds__isnull", False)
                    ),
                    models.Q(
                        ("interval_seconds__isnull", True),
                        models.Q(("cron_expression", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="schedule_interval_or_cron",
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                condition=models.Q(("status__in", ("pending", "running"))),
                fields=["due_at"],
                name="job_due",
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(fields=["organization", "-id"], name="job_organization"),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(fields=["strategy", "-id"], name="job_strategy"),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(fields=["schedule", "-id"], name="job_schedule"),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                condition=models.Q(("has_changes", True)),
                fields=["schedule", "-completed_at"],
                name="job_changed",
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                condition=models.Q(("batch_id__isnull", False)),
                fields=["batch_id"],
                name="job_batch",
            ),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ("pending", "running", "completed", "failed"))
                ),
                name="job_status_valid",
            ),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("schedule__isnull", False), ("slot_at__isnull", False)
                ),
                fields=("schedule", "slot_at", "url"),
                name="job_slot_unique",
            ),
        ),
    ]
