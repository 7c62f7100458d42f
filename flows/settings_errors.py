"""What is wrong with settings, as lines that name the key and never the value."""

from pathlib import Path

from pydantic import ValidationError


def told_errors(error: ValidationError, path: Path | None) -> str:
    """A validation error as lines that name the key and never the value."""
    where = path or "the environment"
    found = error.errors(include_input=False, include_url=False, include_context=False)
    lines = [_line(problem["loc"], problem["msg"]) for problem in found]
    return f"{where}: " + "; ".join(lines)


def _line(place: tuple[int | str, ...], message: str) -> str:
    """The key and what is wrong."""
    return f"{'.'.join(key_of(place)) or 'settings'}: {message.removeprefix('Value error, ')}"


def key_of(place: tuple[int | str, ...]) -> list[str]:
    """The key of a value, without the kind of source that pydantic puts into its place."""
    if place[:1] == ("sources",):
        place = (*place[:2], *place[3:])
    return [str(part) for part in place]
