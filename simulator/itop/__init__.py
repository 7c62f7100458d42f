"""A practice server of iTop over one estate."""
