"""The table of a pull's counts says what is not explained."""

from flows.counted import counted
from flows.stages.counts import KindCount
from itsm.states import RecordKind


def test_counts_that_agree_are_a_table_and_nothing_more() -> None:
    count = KindCount(
        kind=RecordKind.INCIDENT, read=1200, new=1200, landed=1198, quarantined=2,
        on_server=1210, held=1200, deleted=3, hidden=10,
    )  # fmt: skip
    headings, line = counted([count])
    assert headings.split()[0] == "kind"
    assert line.split() == "incident 1,200 1,200 0 1,198 2 1,210 1,200 3 10".split()
    assert headings.index("hidden") + len("hidden") == len(line)


def test_what_the_system_has_more_or_less_is_said() -> None:
    more = KindCount(kind=RecordKind.INCIDENT, read=5, on_server=9, held=5, hidden=1)
    less = KindCount(kind=RecordKind.CHANGE, read=5, on_server=3, held=5)
    said = list(counted([more, less]))[3:]
    assert said == [
        "incident: the system counts 3 more than are held or known to be hidden",
        "change: 2 are held that the system does not count",
    ]


def test_a_system_that_does_not_count_is_a_dash() -> None:
    _, line = counted([KindCount(kind=RecordKind.TEAM, read=3, held=3)])
    assert line.split()[-4:] == ["-", "3", "0", "-"]
