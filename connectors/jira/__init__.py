"""Jira Service Management, Cloud and Data Center, as a source."""
