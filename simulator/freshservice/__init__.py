"""A Freshservice account on this machine, over the estate."""
