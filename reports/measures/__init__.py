"""Every figure of a pack, computed from frames of records: one definition per figure."""
