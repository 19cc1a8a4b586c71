"""Chat tools: how they are recognised, and which of them Apprise may reach."""
