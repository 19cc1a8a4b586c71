"""The pages of monitors, their runs and their strategies."""

from __future__ import annotations
