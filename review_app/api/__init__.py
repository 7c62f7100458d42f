"""The same as JSON, for teams that script it."""
