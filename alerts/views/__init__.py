"""Pages of services, incidents and rules."""
