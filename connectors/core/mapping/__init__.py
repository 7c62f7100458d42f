"""From cells to records: rules, values, times, and the mapping of whole columns."""
