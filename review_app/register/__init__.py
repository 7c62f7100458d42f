"""The register in the browser: what is done to an entry, the same for pages and for the API."""
