"""Ids out of the estate's numbers."""


def index_of(number: object) -> int:
    """The number in a record's number: 7 for INC0000007."""
    return int("".join(filter(str.isdigit, str(number))))
