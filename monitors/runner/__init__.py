"""The runner: what is due is claimed, fetched, read and recorded.

`turn` is the resident task; `claim` takes slots and runs from the database, `errand`
does one of them without it, `desk` stands between the two.
"""

from __future__ import annotations
