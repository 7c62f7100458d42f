"""A ServiceNow server over the practice estate: Table API, OAuth, batch, and its faults."""
