"""Read a fetched page: one module for each kind of strategy. Pure."""
