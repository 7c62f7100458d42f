"""The lines of `csi.toml` that would give codes a meaning."""

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

from connectors.core.source import Source
from itsm.fields import fields_of
from itsm.states import UNMAPPED, RecordKind


@runtime_checkable
class ExplainsCodes(Protocol):
    """A source that says which code table of its settings a field's codes are looked up in."""

    def code_table(self, kind: RecordKind, field: str) -> str | None:
        """The name of the table; None where the field has none."""
        ...


def line_to_add(source: Source, kind: RecordKind, field: str, code: str) -> str | None:
    """The line that gives a code a meaning, which a person has to fill in.

    Args:
        source: whose code it is.
        kind: of which records.
        field: of which field.
        code: the code; None is returned where the source has no table for it.
    """
    table = source.code_table(kind, field) if isinstance(source, ExplainsCodes) else None
    if table is None:
        return None
    return f'[sources.{source.name}.codes.{table}]\n{toml_text(code)} = "..."'


def meanings(kind: RecordKind, field: str) -> tuple[str, ...]:
    """The meanings a code of a field may have; empty where it is no choice."""
    enums = (spec.enum for spec in fields_of(kind) if spec.name == field and spec.enum)
    return tuple(value for enum in enums for value in enum if value != UNMAPPED)


def toml_text(text: str) -> str:
    """A text as TOML writes it."""
    return f'"{"".join(_escaped(text))}"'


def _escaped(text: str) -> Iterable[str]:
    for letter in text:
        if letter in '"\\':
            yield f"\\{letter}"
        elif letter < " " or letter == "\x7f":
            yield f"\\u{ord(letter):04x}"
        else:
            yield letter
