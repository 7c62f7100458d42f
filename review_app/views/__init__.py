"""One module per page: what it says, as plain values; the templates say how it looks."""
