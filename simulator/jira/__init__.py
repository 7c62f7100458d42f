"""A Jira Service Management site on this machine: Cloud or Data Center, over an estate."""
