"""The codes that a source's records came with and nobody gave a meaning, for people to mend."""

from collections.abc import Iterator

from flows.artifacts import UnmappedCode
from flows.code_lines import line_to_add
from flows.stages.counts import PullCount
from flows.wiring import Parts


def unmapped_codes(parts: Parts, count: PullCount) -> list[UnmappedCode]:
    """Those of all stored records of the source, then those that only this pull met."""
    stored = list(_stored(parts, count.source))
    told = {(one.field.rpartition(" ")[2], one.code) for one in stored}
    met = [
        UnmappedCode(field=field, code=code, n=n, line=_line(parts, count.source, field, code))
        for (field, code), n in count.unmapped.items()
        if (field, code) not in told
    ]
    return stored + met


def _stored(parts: Parts, name: str) -> Iterator[UnmappedCode]:
    source = parts.sources[name]
    for one in parts.store.queries.unmapped_codes():
        if one.source == name:
            kind = one.kind.value.replace("_", " ")
            line = line_to_add(source, one.kind, one.field, one.code)
            yield UnmappedCode(field=f"{kind} {one.field}", code=one.code, n=one.n, line=line)


def _line(parts: Parts, name: str, field: str, code: str) -> str | None:
    """The line for a code of which the kind is not known; None where several would do."""
    source = parts.sources[name]
    lines = {line_to_add(source, kind, field, code) for kind in source.kinds} - {None}
    return lines.pop() if len(lines) == 1 else None
