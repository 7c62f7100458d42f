"""The catalogue: complete, paired with experience, and printed as it is."""

from pathlib import Path

import pytest

from itsm.clocks import ReportingWeek
from itsm.fields import column_names
from itsm.figures import NotAvailable
from itsm.states import RecordKind
from reports.measures.catalogue_page import catalogue_markdown
from reports.measures.compute import compute
from reports.measures.contracts import CATALOGUE, Contract
from reports.measures.data import MeasureData
from reports.measures.families import FAMILIES

ROOT = Path(__file__).parents[2]
EACH = pytest.mark.parametrize("contract", CATALOGUE.values(), ids=list(CATALOGUE))


def test_the_page_is_made_from_the_catalogue() -> None:
    assert (ROOT / "docs" / "measures.md").read_text(encoding="utf-8") == catalogue_markdown()


def test_every_figure_has_one_definition_and_every_definition_is_whole() -> None:
    contracts = [contract for family in FAMILIES for contract in family.CONTRACTS]
    assert len(contracts) == len(CATALOGUE)
    for one in contracts:
        told = (one.title, one.formula, one.denominator, one.exclusions, one.owner, one.decision)
        assert all(told), one.figure_id
        assert one.needs, one.figure_id
        assert one.version >= 1


@EACH
def test_every_figure_of_operation_has_a_partner_of_experience(contract: Contract) -> None:
    partner = CATALOGUE[contract.partner]
    assert partner.figure_id != contract.figure_id
    assert contract.is_experience or partner.is_experience


@EACH
def test_what_a_figure_needs_names_fields_that_records_have(contract: Contract) -> None:
    kinds = {kind.value: set(column_names(kind)) for kind in RecordKind}
    words = " ".join(contract.needs).replace(";", " ").replace(",", " ").split()
    named = [word.split(".", 1) for word in words if word.split(".")[0] in kinds and "." in word]
    assert all(field in kinds[kind] for kind, field in named), named


def test_without_any_records_every_figure_is_not_available_and_says_why() -> None:
    week = ReportingWeek.parse("2026-W13")
    results = compute(MeasureData(frames={}, sources=("empty",)), week, week.end_at)
    assert [one.figure_id for one in results] == list(dict.fromkeys(CATALOGUE))
    for one in results:
        assert isinstance(one, NotAvailable)
        assert one.reason
        assert "not available from empty" in str(one)
