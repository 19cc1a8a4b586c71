"""What `serve` and `qcluster` start and watch: web server, clusters, lookout."""

from __future__ import annotations
