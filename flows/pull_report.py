"""The codes that a pull met and nobody gave a meaning, with the line that would give them one."""

from flows.artifacts import UnmappedCode
from flows.stages.counts import PullCount
from flows.wiring import Parts


def unmapped_codes(_parts: Parts, count: PullCount) -> list[UnmappedCode]:
    """The codes without a meaning, with the line that would give them one."""
    return [
        UnmappedCode(field=field, code=code, n=n) for (field, code), n in count.unmapped.items()
    ]
