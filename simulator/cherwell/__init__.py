"""The estate as Cherwell CSM gives it through its REST API."""
