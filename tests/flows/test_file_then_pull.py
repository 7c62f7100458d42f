"""An incident that was imported from an export and is pulled later is one record."""

from pathlib import Path

from flows.practice import write_estate
from flows.settings import load_settings
from flows.stages.pull import pull
from flows.wiring import Parts, build
from itsm.states import RecordKind
from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings

SETTINGS = EstateSettings(n_incidents=120, n_weeks=4, seed=3)
K = RecordKind


def parts_of(folder: Path, lines: list[str]) -> Parts:
    config = folder / "csi.toml"
    table = ["[sources.practice]", *lines]
    config.write_text("\n".join(['database = "sqlite:///csi.sqlite"', *table]) + "\n")
    return build(load_settings(config), folder)


def incidents(parts: Parts) -> dict[str, list[object]]:
    return parts.store.queries.columns(K.INCIDENT, names=["number", "opened_at", "title", "state"])


def test_an_export_and_a_later_pull_of_an_incident_are_one_record(tmp_path: Path) -> None:
    made = write_estate(SETTINGS, "servicenow", tmp_path / "exports")
    kinds = (K.INCIDENT, K.HISTORY)
    named = ", ".join(f"{kind.value} = {[str(one) for one in made.files[kind]]}" for kind in kinds)
    cutoff = SETTINGS.last_week.end_at
    files = parts_of(
        tmp_path, ['kind = "files"', 'preset = "servicenow"', f"files = {{ {named} }}"]
    )
    pull(files, "practice", cutoff)
    imported = incidents(files)
    n_events = len(files.store.queries.columns(K.HISTORY, names=["number"])["number"])
    assert len(imported["number"]) > 100
    assert n_events > 100

    with ServiceNowServer(SETTINGS) as server:
        lines = [
            'kind = "servicenow"',
            f'url = "{server.url}"',
            f'user = "{server.user}"',
            f'password = "{server.password}"',
            'kinds = ["incident", "history"]',
        ]
        live = parts_of(tmp_path, lines)
        count = pull(live, "practice", cutoff)
    pulled = incidents(live)
    assert pulled["number"] == imported["number"], "nothing doubled, nothing lost"
    assert pulled["opened_at"] == imported["opened_at"]
    assert [row.rule for row in live.store.queries.quarantine_rows()] == [
        row.rule for row in files.store.queries.quarantine_rows()
    ]
    (of_incidents, _) = count.kinds
    assert of_incidents.on_server == of_incidents.held, "nor held beside what the system counts"
    events = live.store.queries.columns(K.HISTORY, names=["number", "record", "field", "at"])
    told = list(zip(events["record"], events["field"], events["at"], strict=True))
    assert len(set(told)) == len(told), "no change is told by both"
