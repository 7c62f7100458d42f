"""Cherwell CSM: business objects read over its REST API."""
