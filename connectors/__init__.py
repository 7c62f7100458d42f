"""Sources and writers: rows in, records out, and back. Systems never import each other."""
