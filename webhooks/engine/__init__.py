"""The delivery engine: claim, send, record, and the pump that drives them."""
