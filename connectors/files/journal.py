"""History rows of an audit table, and comments that lie in the columns of a record's row."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256

from connectors.core.mapping.preset import folded
from connectors.core.mapping.values import plain_meaning
from connectors.files.rows import RowMapper, Unmapped, first_of
from itsm.errors import MappingError
from itsm.fields import kind_of
from itsm.records import Comment, HistoryEvent, Record
from itsm.states import UNMAPPED, HistoryField


def audited(
    mapper: RowMapper, cells: Mapping[str, str], number: str, unmapped: Unmapped
) -> tuple[Record, ...]:
    """The event of an audit row; nothing but a count if its table or field is not kept.

    Raises:
        MappingError: the row does not say which record changed when.
    """
    for rule in mapper.preset.rules:
        word = first_of(cells, rule.columns) if rule.field in ("record_kind", "field") else None
        if word is not None and mapper.code(str(rule.codes), word) is None:
            unmapped[(rule.field, word.strip())] += 1
            return ()
    event = mapper.record(cells, number, unmapped)
    assert isinstance(event, HistoryEvent)
    old = _meaning(mapper, event, event.old, unmapped)
    new = _meaning(mapper, event, event.new, unmapped)
    code = event.new_code or (event.new if event.field is HistoryField.STATE else None)
    return (replace(event, old=old, new=new, new_code=code),)


def comments_in(mapper: RowMapper, record: Record, row: Mapping[str, str]) -> Iterator[Comment]:
    """The comments in the columns of a row, each "time;author;text".

    Raises:
        MappingError: a comment has another form.
    """
    column = mapper.preset.comments
    if column is None:
        return
    seen: Counter[str] = Counter()
    for name, cell in row.items():
        if folded(name.rsplit(" (", 1)[0]) != column:
            continue
        at, author, text = _comment_parts(record.number, cell)
        digest = sha256(cell.encode()).hexdigest()[:12]
        seen[digest] += 1
        yield Comment(
            source=record.source,
            number=f"{record.number}/comment/{digest}/{seen[digest]}",
            record_kind=kind_of(record),
            record=record.number,
            at=mapper.time(at, record.number, "comment"),
            text=text,
            author=author.strip() or None,
        )


def _meaning(
    mapper: RowMapper, event: HistoryEvent, word: str | None, unmapped: Unmapped
) -> str | None:
    if word is None:
        return None
    if event.field is not HistoryField.STATE:
        return plain_meaning(event.field, word)
    table = mapper.reading.state_tables.get(event.record_kind)
    meaning = mapper.code(table, word) if table else None
    if meaning is None:
        unmapped[(event.field, word)] += 1
    return meaning or UNMAPPED


def _comment_parts(number: str, cell: str) -> tuple[str, str, str]:
    parts = cell.replace("\x00", "").split(";", 2)
    if len(parts) < 3 or not parts[2].strip():
        raise MappingError(
            number,
            "comment",
            f"a comment of {len(cell)} characters is not written as time;author;text",
            "export comments in Jira's own form, or leave their columns out",
        )
    return parts[0], parts[1], parts[2].strip()
