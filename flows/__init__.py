"""Where processes start: the only room that knows Prefect, settings and the command line."""
