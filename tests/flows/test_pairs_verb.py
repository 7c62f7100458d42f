"""`csi pairs` lists, shows and keeps what a person says of two records."""

from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner

from flows.cli import csi
from flows.settings import load_settings
from flows.wiring import build
from itsm.records import Incident
from itsm.states import IncidentState

AT = datetime(2026, 8, 17, 12, tzinfo=UTC)
TITLE = "Mail gateway refuses attachments"


def installed(folder: Path) -> Path:
    config = folder / "csi.toml"
    config.write_text(
        'database = "sqlite:///csi.sqlite"\n'
        '[review.links]\nops = "https://ops.example/browse/{number}"\n'
        '[sources.ops]\nkind = "files"\npreset = "jira"\nfiles.incident = "none.csv"\n'
    )
    with build(load_settings(config), folder).store.begin() as uow:
        uow.records.save(
            [
                Incident(
                    source=source,
                    number=number,
                    opened_at=AT,
                    state=IncidentState.NEW,
                    state_code="1",
                    title=TITLE,
                    team=team,
                )
                for source, number, team in (("desk", "I1", "Mail"), ("ops", "OPS-7", "Mail"))
            ]
        )
        uow.commit()
    return config


def told(*words: str) -> str:
    done = CliRunner().invoke(csi, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_person_looks_at_a_pair_and_says_what_it_is(tmp_path: Path) -> None:
    config = ("--config", str(installed(tmp_path)))
    said = told("pairs", "list", *config)
    assert "desk/I1 = ops/OPS-7  proposed" in said
    assert "https://ops.example/browse/OPS-7" in said
    beside = told("pairs", "show", "desk/I1", "ops/OPS-7", *config)
    assert f"{TITLE:44} =" in beside
    told("pairs", "accept", "desk/I1", "ops/OPS-7", "--reason", "one outage", *config)
    assert "no pair waits" in told("pairs", "list", *config)
    assert "incident                            1" in told("status", *config)
    assert "accepted" in told("pairs", "list", "--all", *config)
    told("pairs", "reject", "desk/I1", "ops/OPS-7", "--reason", "two after all", *config)
    assert "incident                            2" in told("status", *config)
