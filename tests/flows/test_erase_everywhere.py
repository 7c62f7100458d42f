"""After `csi erase` a person is nowhere, every count is what it was, and the chain is whole."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flows.cli import csi
from flows.figures import all_figures, stored_data
from flows.wiring import Parts
from itsm.errors import ConfigError, NotThereError, OnHoldError
from itsm.figures import FigureResult
from itsm.holds import HoldScope
from itsm.states import RecordKind
from reports.formats import Format
from reports.pack import pack_from_json
from tests.flows.person_everywhere import (
    AT,
    CUTOFF,
    FULL,
    MAIL,
    SHORT,
    WEEK,
    crawled,
    give_out,
    installed,
)
from tests.postgres_server import PostgresServer

NAMES = (FULL, SHORT, MAIL)
QUICK = (Format.HTML, Format.JSON, Format.WORKBOOK, Format.MAIL)


def erased(config: Path, *more: str) -> Result:
    given = ["erase", *NAMES, "--config", str(config), "--by", "cleo", "--reason", "request 17"]
    done = CliRunner().invoke(csi, [*given, *more])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def figures(parts: Parts) -> tuple[FigureResult, ...]:
    return tuple(all_figures(stored_data(parts, WEEK, CUTOFF), WEEK, CUTOFF))


@pytest.mark.parametrize(
    "formats", [pytest.param(tuple(Format), marks=pytest.mark.slow), QUICK], ids=["all", "quick"]
)
def test_a_crawl_over_everything_finds_the_person_nowhere(
    formats: tuple[Format, ...], tmp_path: Path
) -> None:
    parts, config = installed(tmp_path)
    pack_id = give_out(parts, formats)
    before, found = figures(parts), list(crawled(parts, config))
    assert {one.partition(".")[0] for one in found} > {
        *("incidents", "changes", "comments", "raw_records", "quarantine", "people"),
        *("pack_snapshots", "register_entries", "journal_details", "journal_keys", "accounts"),
        *("subscriptions", "deliveries", "section_comments", "saved_views", "legal_holds"),
        *("meeting_actions", "demand_notes", "audit_findings", "pack_releases"),
    }
    done = erased(config)
    assert list(crawled(parts, config)) == []
    assert figures(parts) == before
    assert "bytes removed, hashes kept: 2026-W34.full.v1, 2026-W34.full.v2" in done.output
    assert "1 copies of them were sent" in done.output
    with parts.store.look() as uow:
        assert uow.audit.verify() == ()
        with pytest.raises(NotThereError, match=r"a person was erased; 2026-W34\.full\.v3"):
            uow.packs.by_id(pack_id)
    again = erased(config)
    assert "0 pseudonyms of the journal and 0 of records" in again.output


def test_a_pack_is_reissued_with_its_reason_and_the_same_figures(tmp_path: Path) -> None:
    parts, config = installed(tmp_path)
    old_id = give_out(parts, (Format.JSON,))
    with parts.store.look() as uow:
        old = pack_from_json(uow.packs.by_id(old_id).content)
        hashes = {one.pack_id: one.content_hash for one in uow.packs.lines()}
    erased(config)
    with parts.store.look() as uow:
        lines = {one.pack_id: one for one in uow.packs.lines()}
        new = pack_from_json(uow.packs.by_id("2026-W34.full.v3").content)
    assert new.sections == old.sections, "no figure moved"
    assert new.evidence == old.evidence
    assert new.brief.headline == "second draft: erased person waits"
    assert lines["2026-W34.full.v3"].moved == (
        "re-issued because a person was erased; no figure moved",
    )
    assert lines["2026-W34.full.v3"].state.value == "waiting", "a person releases it"
    for pack_id, content_hash in hashes.items():
        assert lines[pack_id].content_hash == content_hash
        assert "takes its place" in str(lines[pack_id].withdrawal)


@pytest.mark.postgres
def test_on_postgresql_too(tmp_path: Path, postgres: PostgresServer) -> None:
    url = postgres.new()
    parts, config = installed(tmp_path, url)
    give_out(parts, (Format.JSON,))
    n_people = len(set(parts.store.queries.columns(RecordKind.INCIDENT)["caller"]))
    erased(config)
    assert list(crawled(parts, config)) == []
    assert len(set(parts.store.queries.columns(RecordKind.INCIDENT)["caller"])) == n_people
    parts.store.engine.dispose()
    postgres.drop(url)


def test_a_dry_run_says_all_of_it_and_writes_nothing(tmp_path: Path) -> None:
    parts, config = installed(tmp_path)
    give_out(parts, (Format.JSON,))
    before = parts.store.queries.dump(volatile=True)
    done = erased(config, "--dry-run")
    assert "nothing was written; it would be" in done.output
    assert "re-issued, no figure moved: 2026-W34.full.v3" in done.output
    assert parts.store.queries.dump(volatile=True) == before


def test_a_hold_and_a_configuration_that_names_the_person_forbid_it(tmp_path: Path) -> None:
    parts, config = installed(tmp_path)
    with parts.store.begin() as uow:
        uow.holds.place(HoldScope.PERSON, FULL, by="cleo", role="auditor", reason="x", at=AT)
        uow.commit()
    with pytest.raises(OnHoldError, match="csi hold release H2"):
        erased(config)
    named = f'[people.x]\nroles = ["proposer"]\nfull_name = "{FULL}"\n'
    config.write_text(f"{config.read_text()}\n{named}")
    with pytest.raises(ConfigError, match="names the person in line 9"):
        erased(config)
