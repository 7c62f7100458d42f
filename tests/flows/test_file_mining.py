"""Any file in one command: groups, the most alike, a page, and known causes to learn from."""

import csv
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from flows.file_columns import preset_of, with_ranks, without_empty_words
from flows.file_mining import Wish, mine_file
from flows.progress import silent
from flows.verbs.mining import mine
from itsm.errors import ConfigError

TROUBLES = (
    "Outlook crashes when searching the archive",
    "VPN token rejected after password change",
    "Payroll batch job JOB-17 fails at month end",
    "Printer on floor 2 jams with thick paper",
)


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CSI_MODEL_DIR", str(tmp_path / "none"))


@pytest.fixture
def tickets(tmp_path: Path) -> Path:
    path = tmp_path / "tickets.csv"
    with path.open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["number", "Title", "cause"])
        for at in range(40):
            kind = at % len(TROUBLES)
            rows.writerow([f"T{at:03d}", f"{TROUBLES[kind]}, seen {at // 4} times", f"C{kind}"])
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open() as stream:
        return list(csv.DictReader(stream))


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(mine, [str(argument) for argument in arguments])


def test_the_most_alike_are_ranked_from_1_without_the_row_itself(
    tickets: Path, tmp_path: Path
) -> None:
    out = tmp_path / "near.csv"
    done = run(tickets, "--map", "short_description=Title", "--neighbours", out, "-k", "3")
    assert done.exit_code == 0, done.output
    rows = rows_of(out)
    assert list(rows[0]) == ["id", "neighbour_id", "rank", "score"]
    assert len(rows) == 40 * 3
    assert [row["rank"] for row in rows[:4]] == ["1", "2", "3", "1"]
    assert all(row["id"] != row["neighbour_id"] for row in rows)
    kind = {row["number"]: row["cause"] for row in rows_of(tickets)}
    assert all(kind[row["id"]] == kind[row["neighbour_id"]] for row in rows)
    scores = [float(row["score"]) for row in rows[:3]]
    assert scores == sorted(scores, reverse=True)


def test_with_fields_the_pair_score_ranks(tickets: Path, tmp_path: Path) -> None:
    table = rows_of(tickets)
    path, out = tmp_path / "more.csv", tmp_path / "near.csv"
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["number", "title", "service"])
        writer.writerows([row["number"], row["Title"], f"S{row['cause']}"] for row in table)
    mine_file(path, [], Wish(neighbours=out, k=5), silent)
    rows = rows_of(out)
    assert {row["rank"] for row in rows} == set("12345")
    assert all(row["id"] != row["neighbour_id"] for row in rows)
    assert all(0 <= float(row["score"]) <= 1 for row in rows)
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)


def test_a_page_shows_the_groups_and_needs_nothing_else(tickets: Path, tmp_path: Path) -> None:
    page, groups = tmp_path / "page.html", tmp_path / "groups.csv"
    done = run(tickets, "--map", "title=Title", "--report", page, "--assignments", groups)
    assert done.exit_code == 0, done.output
    text = page.read_text()
    assert "Outlook crashes when searching" in text
    assert "<script" not in text
    assert "://" not in text
    n_groups = len({row["candidate_id"] for row in rows_of(groups)} - {""})
    assert n_groups == text.count("<section>") > 0


def test_what_stands_in_a_title_stays_text_on_the_page(tickets: Path, tmp_path: Path) -> None:
    tickets.write_text(tickets.read_text().replace("Printer", "<b>Printer</b>"))
    page = tmp_path / "page.html"
    mine_file(tickets, ["title=Title"], Wish(report=page), silent)
    assert "<b>" not in page.read_text()


def test_known_causes_are_learned_from_or_it_is_said_why_not(tickets: Path, tmp_path: Path) -> None:
    told: list[str] = []
    wish = Wish(assignments=tmp_path / "groups.csv", labels=tickets)
    mine_file(tickets, ["title=Title"], wish, told.append)
    assert any("40 labelled rows: " in line for line in told)


def test_labels_that_name_nothing_twice_are_refused(tickets: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("id,cause\nT001,A\nT002,B\n")
    with pytest.raises(ConfigError, match="nothing to learn"):
        mine_file(tickets, ["title=Title"], Wish(neighbours=labels, labels=labels), silent)
    labels.write_text("id,note\nT001,A\n")
    with pytest.raises(ConfigError, match="needs a column cause or problem"):
        mine_file(tickets, ["title=Title"], Wish(neighbours=labels, labels=labels), silent)


def test_without_a_file_to_write_nothing_is_mined(tickets: Path) -> None:
    done = run(tickets, "--map", "title=Title")
    assert isinstance(done.exception, ConfigError)
    assert "--neighbours" in str(done.exception)


def exported(path: Path, columns: list[str], rows: list[list[str]]) -> Path:
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows([columns, *rows])
    return path


def test_a_preset_says_which_columns_are_read(tmp_path: Path) -> None:
    columns = ["Assets", "Issue key", "Custom field (Affected assets)", "Priority", "Summary"]
    rows = [[f"x{at}", f"INC-{at}", "host-1", "Highest", TROUBLES[at % 4]] for at in range(12)]
    path, out = exported(tmp_path / "j.csv", columns, rows), tmp_path / "a.csv"
    said: list[str] = []
    mine_file(path, [], Wish(assignments=out, preset="jira"), said.append)
    assert "id=Issue key" in said[0]
    assert "ci=Custom field (Affected assets)" in said[0]
    mine_file(path, ["ci=Assets"], Wish(assignments=out, preset="jira"), said.append)
    assert any("ci=Assets" in one for one in said[1:])


def test_the_words_of_a_preset_for_priorities_and_for_nothing_are_known() -> None:
    table = pd.DataFrame({"Priority": ["Highest", "Medium", "7 - odd"]}, dtype="str")
    ranked = with_ranks(table, {"priority": "Priority"}, preset_of("jira"))
    assert list(ranked["Priority"]) == ["1", "3", "7 - odd"]
    emptied = without_empty_words(pd.DataFrame({"a": ["?", "x"]}), preset_of("uci"))
    assert list(emptied["a"]) == ["", "x"]


def test_names_of_people_in_an_export_are_taken_out_of_its_texts(tmp_path: Path) -> None:
    columns = ["number", "short_description", "caller_id"]
    rows = [[f"INC{at}", "Mail of Xanthippe Qurtz is lost", "Xanthippe Qurtz"] for at in range(8)]
    path, page = exported(tmp_path / "s.csv", columns, rows), tmp_path / "page.html"
    mine_file(path, [], Wish(report=page, preset="servicenow"), silent)
    assert "Qurtz" not in page.read_text()


def test_an_unknown_preset_is_refused_with_those_there_are(tickets: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="servicenow, jira, uci, plain"):
        mine_file(tickets, [], Wish(assignments=tmp_path / "a.csv", preset="jirra"), silent)
