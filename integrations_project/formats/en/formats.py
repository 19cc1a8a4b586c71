"""How moments and days are written where Django writes them, as in the admin."""

from __future__ import annotations

DATETIME_FORMAT = "j M Y, H:i T"
DATE_FORMAT = "j M Y"
TIME_FORMAT = "H:i"
