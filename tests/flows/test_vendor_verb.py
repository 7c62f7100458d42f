"""`csi vendor`: from stored records to a page, with terms, the vendor's list and decisions."""

import csv
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flows.settings import load_settings
from flows.verbs.figure import figure
from flows.verbs.vendor import vendor
from flows.wiring import build
from itsm.errors import ConfigError
from itsm.records import Incident, Record, Vendor, VendorCase
from itsm.states import IncidentState, VendorCaseState
from reports.measures.blameless import findings

DAY = datetime(2026, 8, 10, 8, tzinfo=UTC)
DOCS = Path(__file__).parents[2] / "docs" / "vendors-and-processes.md"


def _case(number: str, took_h: float, **fields: object) -> VendorCase:
    return VendorCase(
        source="desk",
        number=number,
        vendor="V1",
        opened_at=DAY,
        updated_at=DAY,
        state=VendorCaseState.RESOLVED,
        state_code="x",
        severity=1,
        vendor_reference=f"CAS-{number}",
        resolved_at=DAY + timedelta(hours=took_h),
        **fields,  # type: ignore[arg-type]  # a test names the fields it needs
    )


RECORDS: list[Record] = [
    Vendor(source="desk", number="V1", name="Castell Print SA", updated_at=DAY),
    Incident(
        source="desk", number="INC1", opened_at=DAY - timedelta(hours=5), updated_at=DAY,
        state=IncidentState.NEW, state_code="x",
    ),
    _case("VC1", 20, incident="INC1", waiting_on_us_h=2.0),
    _case("VC2", 9, waiting_on_us_h=3.0),
    _case("VC3", 6, waiting_on_us_h=0.0),
]  # fmt: skip


@pytest.fixture
def config(tmp_path: Path) -> Path:
    parts = build(load_settings(), tmp_path)
    with parts.store.begin() as uow:
        uow.records.save(RECORDS)
        uow.commit()
    path = tmp_path / "csi.toml"
    path.write_text(_documented())
    return path


def _documented() -> str:
    """The configuration as the page about vendors shows it."""
    (found,) = re.findall(r"```toml\n(.*?)```", DOCS.read_text(), flags=re.DOTALL)
    return str(found)


def _run(config: Path, *arguments: str) -> Result:
    given = ["castell print sa", "--config", str(config), "--week", "2026-W33", *arguments]
    result = CliRunner().invoke(vendor, given)
    if isinstance(result.exception, ConfigError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result


def test_configured_clauses_fee_ladder_and_contingency_make_the_dossier(config: Path) -> None:
    told = _run(config).output
    # VC1 is due after 8 h, 12 h late, 2 h of it ours; VC2 is 1 h late and waited 3 h; VC3 is met.
    assert "2 commitments missed, 1 of them by the vendor itself: 10.0" in told
    assert "200.00 EUR in credits" in told
    assert "7.2 (Severity 1 is resolved within 8 hours)" in told
    assert "Step due: service review." in told
    assert "Contingency on file: second print house under the framework agreement." in told
    assert "25% of the time of 3 resolved cases was ours" in told
    figures = CliRunner().invoke(
        figure, ["vendor_credits", "--config", str(config), "--week", "2026-W33"]
    )
    assert "vendor=Castell Print SA: 200 money" in figures.output


def test_what_was_agreed_on_a_line_is_kept_and_holds_in_later_dossiers(config: Path) -> None:
    words = ("--by", "service review", "--why", "flood")
    _run(config, "--settle", "VC1/resolution=disputed", *words)
    _run(config, "--settle", "VC1/resolution=excused", *words)
    told = json.loads(_run(config, "--json").output)
    assert told["lines"][0]["agreed"] == {
        "standing": "excused", "decided_by": "service review", "reason": "flood",
    }  # fmt: skip
    assert "Without the lines that were excused: 0" in _run(config).output
    kept = config.with_name("vendor-decisions.csv").read_text().splitlines()
    assert [line.split(",")[3] for line in kept] == ["standing", "disputed", "excused"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("--settle", "VC9/resolution=excused", "--by", "us", "--why", "x"), "there are: VC1/resol"),
     (("--settle", "VC1=excused", "--by", "us", "--why", "x"), "CASE/COMMITMENT=STANDING"),
     (("--settle", "VC1/resolution=excused"), "--by")],
)  # fmt: skip
def test_a_decision_about_nothing_is_refused_and_not_kept(
    config: Path, arguments: tuple[str, ...], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        _run(config, *arguments)
    assert not config.with_name("vendor-decisions.csv").exists()


def test_a_row_of_the_decisions_that_cannot_be_used_is_named(config: Path) -> None:
    file = config.with_name("vendor-decisions.csv")
    file.write_text(
        "vendor,case,commitment,standing,decided_by,reason,decided_at\nV,C,resolution,fine,a,b,c\n"
    )
    with pytest.raises(ConfigError, match="row 2: standing is one of"):
        _run(config)


def test_the_vendors_own_list_is_told_beside_ours_and_written(config: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs.csv"
    theirs.write_text("Ticket;Fixed in time?\nCAS-VC1;yes\nCAS-VC2;no\n=CAS-9;no\n")
    with pytest.raises(ConfigError, match="--map resolution_met=COLUMN"):
        _run(config, "--their-list", str(theirs))
    listed = ("--their-list", str(theirs), "--map", "resolution_met=Fixed in time?")
    told = _run(config, *listed, "--out", str(tmp_path / "review")).output
    assert "1 matched, 1 differing, 1 only ours, 1 only theirs" in told
    written = {path.name: path for path in (tmp_path / "review").iterdir()}
    stem = "vendor-castell-print-sa-2026-w33"
    assert set(written) == {f"{stem}.html", f"{stem}-lines.csv", f"{stem}-both-lists.csv"}
    assert "Castell Print SA, 2026-W33" in written[f"{stem}.html"].read_text()
    with written[f"{stem}-both-lists.csv"].open(newline="") as file:
        rows = {row["case"]: row["result"] for row in csv.DictReader(file)}
    assert rows == {
        "VC1": "differing", "VC2": "matched", "VC3": "only ours", "'=CAS-9": "only theirs",
    }  # fmt: skip
    with written[f"{stem}-lines.csv"].open(newline="") as file:
        first = next(csv.DictReader(file))
    assert (first["evidence"], first["late_net_h"]) == ("VC1 INC1 7.2", "10.00")


@pytest.mark.parametrize(
    ("terms", "said"),
    [('[vendors.V1]\nfee = 3\n', "vendors.V1.fee"),
     ('[[vendors.V1.ladder]]\nmisses = 5\nof_weeks = 2\nstep = "x"\n', "weeks with a miss"),
     ('[[vendors.V1.clauses]]\nnumber = "1"\ntarget = "response"\nwithin_h = 1\n'
      '[[vendors.V1.clauses]]\nnumber = "2"\ntarget = "response"\nwithin_h = 2\n', "the same")],
)  # fmt: skip
def test_terms_that_cannot_hold_are_refused_by_their_key(
    tmp_path: Path, terms: str, said: str
) -> None:
    path = tmp_path / "csi.toml"
    path.write_text(terms)
    with pytest.raises(ConfigError, match=said):
        load_settings(path)


def test_no_sentence_of_a_dossier_lays_blame(config: Path) -> None:
    settled = ("--settle", "VC1/resolution=disputed", "--by", "both sides", "--why", "flood")
    assert findings(_run(config, *settled).output) == ()


def test_a_configured_vendor_without_records_stops_nothing(config: Path) -> None:
    config.write_text(_documented() + '\n[vendors."Nobody Ltd"]\nmonthly_fee = 1\n')
    assert "Castell Print SA, 2026-W33" in _run(config).output
