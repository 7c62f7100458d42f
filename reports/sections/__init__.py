"""One module per section of the pack: from figures and records to plain data."""
