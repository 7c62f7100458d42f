"""The steps. A file here is never changed once it was given out: the next change is a new file."""
