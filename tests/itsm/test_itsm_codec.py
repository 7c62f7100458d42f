"""JSON of frozen dataclasses: nothing lost, equal values give equal bytes, misfits refused."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itsm.candidates import ProblemCandidate
from itsm.codec import from_bytes, from_plain, to_bytes, to_plain
from itsm.figures import Figure, FigureResult, NotAvailable, Unit
from itsm.proof import ProofPlan
from itsm.quality import CheckReport, GateReport, QuarantineCount, SourceProfile
from itsm.register import RegisterEntry


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Leaf:
    share: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Other:
    share: float


@dataclass(frozen=True, slots=True)
class Tree:
    name: str
    choice: Leaf | Other
    maybe: Leaf | Other | None
    colours: frozenset[Colour]
    pair: tuple[int, str]
    by_key: Mapping[tuple[str, str], int]
    by_colour: Mapping[Colour, date]
    cell: str | int | float | None = None
    children: tuple["Tree", ...] = field(default=())


def finite() -> st.SearchStrategy[float]:
    return st.floats(allow_nan=False, allow_infinity=False)


st.register_type_strategy(float, finite())
st.register_type_strategy(
    datetime,
    st.datetimes(
        min_value=datetime(1900, 1, 1),
        max_value=datetime(2200, 1, 1),
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))]),
    ),
)
st.register_type_strategy(
    ProofPlan,
    st.builds(ProofPlan, promised=st.none() | st.floats(0, 0.99), cost=st.none() | finite()),
)


@pytest.mark.parametrize(
    "hint",
    [
        ProblemCandidate,
        CheckReport,
        GateReport,
        SourceProfile,
        RegisterEntry,
        QuarantineCount,
        Figure,
        NotAvailable,
    ],
)
@settings(deadline=None)
@given(data=st.data())
def test_what_rooms_store_comes_back_as_it_was(hint: type[Any], data: st.DataObject) -> None:
    value = data.draw(st.from_type(hint))
    restored = from_bytes(hint, to_bytes(value))
    assert restored == value
    assert to_bytes(restored) == to_bytes(value)


@settings(deadline=None)
@given(st.from_type(Leaf), st.dictionaries(st.tuples(st.text(), st.text()), st.integers()))
def test_unions_sets_and_pairs_come_back(leaf: Leaf, by_key: dict[tuple[str, str], int]) -> None:
    tree = Tree(
        "root", leaf, None, frozenset(Colour), (1, "a"), by_key, {Colour.RED: date(2026, 8, 17)}
    )
    nested = Tree("top", Other(0.5), leaf, frozenset(), (2, ""), {}, {}, 1.5, (tree, tree))
    assert from_bytes(Tree, to_bytes(nested)) == nested


def test_bytes_are_canonical() -> None:
    one = Tree("é", Other(1), None, frozenset(Colour), (1, "a"), {("b", "c"): 1, ("a", "z"): 2}, {})
    other = Tree(
        "é", Other(1.0), None, frozenset(Colour), (1, "a"), {("a", "z"): 2, ("b", "c"): 1}, {}
    )
    assert to_bytes(one) == to_bytes(other)
    assert (
        to_bytes(one)
        == (
            '{"by_colour":{},"by_key":[[["a","z"],2],[["b","c"],1]],"cell":null,"children":[],'
            '"choice":{"kind":"Other","share":1.0},"colours":["blue","red"],"maybe":null,'
            '"name":"é","pair":[1,"a"]}'
        ).encode()
    )


def test_one_instant_in_two_zones_gives_the_same_bytes() -> None:
    noon = datetime(2026, 8, 17, 12, tzinfo=UTC)
    assert to_bytes(Leaf(0.1, noon)) == to_bytes(
        Leaf(0.1, noon.astimezone(timezone(timedelta(hours=2))))
    )


def test_a_hint_tells_members_of_a_union_apart() -> None:
    missing = NotAvailable(
        figure_id="fcr", version=1, title="FCR", unit=Unit.SHARE, period="w", reason="no calls"
    )
    hint = tuple[FigureResult, ...]
    plain = to_plain((missing,), hint)
    assert isinstance(plain, list)
    assert isinstance(plain[0], dict)
    assert plain[0]["kind"] == "NotAvailable"
    assert from_plain(hint, plain) == (missing,)


def test_a_field_an_older_version_did_not_know_takes_its_default() -> None:
    plain = to_plain(Tree("a", Other(1), None, frozenset(), (1, ""), {}, {}))
    assert isinstance(plain, dict)
    del plain["children"], plain["cell"]
    restored = from_plain(Tree, plain)
    assert restored.children == ()
    assert restored.cell is None


@pytest.mark.parametrize(
    ("plain", "message"),
    [
        ({"share": 1.0}, "at"),
        ({"share": 1.0, "at": "2026-08-17T00:00:00+00:00", "extra": 1}, "extra"),
        ({"share": "1", "at": "2026-08-17T00:00:00+00:00"}, "number is expected"),
        ({"share": True, "at": "2026-08-17T00:00:00+00:00"}, "number is expected"),
        ({"share": 1.0, "at": 5}, "str is expected"),
        ([], "dict is expected"),
    ],
)
def test_what_does_not_fit_is_refused(plain: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        from_plain(Leaf, plain)


@pytest.mark.parametrize("tag", [None, "Stranger", 3])
def test_an_unknown_member_of_a_union_is_refused(tag: object) -> None:
    with pytest.raises(ValueError, match="none of Leaf, Other"):
        from_plain(tuple[Leaf | Other], [{"kind": tag, "share": 1.0}])


@pytest.mark.parametrize("share", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="not finite"):
        to_bytes(Leaf(share, datetime(2026, 8, 17, tzinfo=UTC)))


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        to_bytes(Leaf(1.0, datetime(2026, 8, 17)))


def test_a_type_without_a_json_form_is_named() -> None:
    with pytest.raises(TypeError, match="complex"):
        to_plain(1j)
    with pytest.raises(TypeError, match="union"):
        to_plain(1, Leaf | int)
