"""A practice server of Request Tracker 5 over one estate."""
