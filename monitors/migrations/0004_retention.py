"""Let organizations say how long runs are kept."""

from __future__ import annotations

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("monitors", "0003_runner"),
    ]

    operations = [
        migrations.CreateModel(
            name="Retention",
            fields=[
                (
                    "organization",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="monitor_retention",
                        serialize=False,
                        to="accounts.organization",
                    ),
                ),
                (
                    "run_days",
                    models.PositiveSmallIntegerField(
                        default=30,
                        help_text=(
                            "Runs that found nothing new, or failed, are kept so "
                            "many days."
                        ),
                        validators=[
                            django.core.validators.MinValueValidator(
                                1, "A day at least."
                            ),
                            django.core.validators.MaxValueValidator(
                                3650, "Ten years at most."
                            ),
                        ],
                    ),
                ),
                (
                    "change_days",
                    models.PositiveSmallIntegerField(
                        default=365,
                        help_text="Runs that found a change are kept so many days.",
                        validators=[
                            django.core.validators.MinValueValidator(
                                1, "A day at least."
                            ),
                            django.core.validators.MaxValueValidator(
                                3650, "Ten years at most."
                            ),
                        ],
                    ),
                ),
            ],
        ),
    ]
