"""`csi doctor --access-request`: the sheet for an administrator, from the settings alone."""

import csv
import io
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from connectors.access import ASKED
from connectors.core.access import Use
from connectors.core.source import Finding, Level
from flows.doctor import with_cost
from flows.doctor_access import access_requests, figures_of, needed_by, some_of
from flows.settings import load_settings
from flows.verbs.doctor import doctor
from flows.verbs.init import ASKED as BY_INIT
from itsm.errors import ConfigError
from itsm.states import RecordKind
from reports.measures.contracts import CATALOGUE

SERVICENOW = """\
[sources.sn]
kind = "servicenow"
url = "https://example.service-now.com"
user = "csi.reader"
"""


def asked(folder: Path, text: str, *options: str) -> Result:
    (folder / "csi.toml").write_text(text)
    arguments = ["--config", str(folder / "csi.toml"), "--access-request", *options]
    return CliRunner().invoke(doctor, arguments, catch_exceptions=False)


def places(told: str, verb: str) -> list[str]:
    """The places of a verb, out of the request in CSV."""
    return [row["place"] for row in csv.DictReader(io.StringIO(told)) if row["verb"] == verb]


def test_every_system_has_a_request_that_fits_a_terminal(tmp_path: Path) -> None:
    assert BY_INIT.keys() == ASKED.keys()
    text = "".join(
        f'[sources.{kind}]\nkind = "{kind}"\nurl = "{url}"\n'
        for kind, (url, _, _) in BY_INIT.items()
    )
    told = asked(tmp_path, text)
    assert told.exit_code == 0
    assert [line for line in told.stdout.splitlines() if len(line) > 80] == []
    for kind in ASKED:
        assert f"Access request for {kind} " in told.stdout
    assert "{" not in told.stdout.replace("{id}", "")


def test_a_source_that_is_only_read_asks_for_nothing_else(tmp_path: Path) -> None:
    told = asked(tmp_path, SERVICENOW, "sn", "--form", "csv").stdout
    assert "incident" in places(told, "read")
    assert places(told, "create") == places(told, "change") == []
    assert "sys_properties" not in places(told, "read")


@pytest.mark.parametrize(
    ("mode", "mirrors", "created", "changed"),
    [
        ("dry_run", False, set(), set()),
        ("problems_only", True, {"problem"}, {"problem"}),
        ("full", False, {"problem"}, {"problem", "incident"}),
        ("full", True, {"problem", "u_csi"}, {"problem", "incident", "u_csi"}),
    ],
)
def test_what_is_asked_for_follows_the_push_and_the_mirror(
    tmp_path: Path, mode: str, mirrors: bool, created: set[str], changed: set[str]
) -> None:
    text = f'{SERVICENOW}[sources.sn.push]\nmode = "{mode}"\nregister_table = "u_csi"\n'
    text += '[improvement]\nmirrors = ["sn"]\n' if mirrors else ""
    told = asked(tmp_path, text, "sn", "--form", "csv").stdout
    assert set(places(told, "create")) == created
    assert set(places(told, "change")) == changed


def test_a_kind_that_is_not_read_is_not_asked_for(tmp_path: Path) -> None:
    text = SERVICENOW + 'kinds = ["incident", "team"]\n'
    told = places(asked(tmp_path, text, "sn", "--form", "csv").stdout, "read")
    assert {"incident", "sys_user_group"} <= set(told)
    assert not {"problem", "sys_audit", "task_sla", "cmdb_ci"} & set(told)


def test_tables_and_columns_of_ones_own_are_asked_for(tmp_path: Path) -> None:
    text = (
        SERVICENOW
        + '[sources.sn.tables]\nvendor_case = "u_vendor_case"\n'
        + '[sources.sn.fields.incident]\nsymptom = "u_what_is_seen"\n'
    )
    told = asked(tmp_path, text, "sn", "--form", "csv").stdout
    assert "u_vendor_case" in places(told, "read")
    rows = list(csv.DictReader(io.StringIO(told)))
    (incidents,) = [row for row in rows if row["place"] == "incident"]
    assert "u_what_is_seen" in incidents["fields"].split(", ")


def test_figures_that_need_a_kind_are_counted(tmp_path: Path) -> None:
    (tmp_path / "csi.toml").write_text(SERVICENOW)
    (request,) = access_requests(load_settings(tmp_path / "csi.toml"))
    (changes,) = [one for one in request.sheet.needs if one.place == "change_request"]
    figures = figures_of([RecordKind.CHANGE])
    assert "change_success" in figures
    assert set(figures) < CATALOGUE.keys()
    assert needed_by(changes).startswith(f"{len(figures)} figures (")
    assert {Use.PULL, Use.DOCTOR} == set(request.uses)


def test_markdown_and_html_escape_what_the_settings_name(tmp_path: Path) -> None:
    text = SERVICENOW.replace("csi.reader", "<b>&|reader")
    page = asked(tmp_path, text, "--form", "html").stdout
    assert "<b>&|" not in page
    assert "&lt;b&gt;&amp;|reader" in page
    assert page.count("<tr>") == page.count("</tr>") > 10
    lines = asked(tmp_path, text, "--form", "markdown").stdout.splitlines()
    table = [line for line in lines if line.startswith("| ")]
    assert {line.replace("\\|", "").count("|") for line in table} == {8}


def test_what_cannot_be_asked_for_is_said(tmp_path: Path) -> None:
    (tmp_path / "csi.toml").write_text(SERVICENOW + '[sources.desk]\nkind = "files"\n')
    settings = load_settings(tmp_path / "csi.toml")
    with pytest.raises(ConfigError, match="choose from: sn, desk"):
        access_requests(settings, "other")
    with pytest.raises(ConfigError, match="files need no rights"):
        access_requests(settings, "desk")
    assert [one.source for one in access_requests(settings)] == ["sn"]


def test_doctor_says_what_a_kind_that_may_not_be_read_costs() -> None:
    lost = Finding(
        check="permission", level=Level.WARNING, subject="change", said="may not be read"
    )
    figures = figures_of([RecordKind.CHANGE])
    assert with_cost(lost).said == (
        f"may not be read; this costs {len(figures)} figures: {some_of(figures)}"
    )
    fine = Finding(check="permission", level=Level.OK, subject="change", said="12 rows")
    elsewhere = Finding(check="zone", level=Level.WARNING, subject="change", said="odd")
    assert [with_cost(one) for one in (fine, elsewhere)] == [fine, elsewhere]


def test_a_right_that_holds_for_all_queues_names_them_all(tmp_path: Path) -> None:
    text = '[sources.rt]\nkind = "rt"\nurl = "https://rt.example.com"\n'
    text += '[sources.rt.push]\nmode = "full"\n'
    rows = csv.DictReader(io.StringIO(asked(tmp_path, text, "rt", "--form", "csv").stdout))
    by_place = {row["place"]: row for row in rows if row["verb"] == "read"}
    for place in ("tickets", "transactions"):
        assert {"Requests", "Changes", "Problems"} <= set(by_place[place]["of"].split(", "))
    assert "SeeCustomField" in by_place["tickets"]["grant"]
