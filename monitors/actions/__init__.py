"""Everything that can happen to monitors, one function each."""
