"""A Freshservice account that is read over its REST API, version 2."""
