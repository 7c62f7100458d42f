"""Sending what was made: by mail, into a chat, into a folder or object store."""
