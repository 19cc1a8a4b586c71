"""The form of a rule in the dashboard: everything that a rule has."""

from __future__ import annotations

from alerts.rule_forms.form import FullRuleForm

__all__ = ["FullRuleForm"]
