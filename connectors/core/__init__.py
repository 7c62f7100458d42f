"""What every connector shares: the interfaces and the HTTP core."""
