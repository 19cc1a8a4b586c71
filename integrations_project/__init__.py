"""Signalpost: status comes in, webhooks go out, everything between is visible."""

from __future__ import annotations

__version__ = "0.1.0"
