"""Real public records as incident frames, with what people marked as belonging together."""

from pathlib import Path

import pandas as pd

from tests.eval.estate_corpora import Corpus


def _read(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / name, dtype=str, keep_default_na=False, na_values=[""])


def _causes(frame: pd.DataFrame, column: str) -> dict[str, str | None]:
    """The values of a column that at least two rows share, None for all others."""
    values = frame[column].astype(object)
    shared = values.map(values.value_counts()).ge(2) & values.notna()
    return {
        key: value if is_shared else None
        for key, value, is_shared in zip(frame["key"], values, shared, strict=True)
    }


def ask_ubuntu(data: Path) -> Corpus:
    """Question titles; causes are the groups under the duplicate marks."""
    frame = _read(data, "askubuntu_duplicates/titles.csv.gz").rename(columns={"text_id": "key"})
    return Corpus(frame[["key", "title"]], _causes(frame, "cluster_id"))


def hadoop(data: Path) -> Corpus:
    """Issue reports with description; causes are the groups under the duplicate links."""
    frame = _read(data, "hadoop_duplicates/reports.csv.gz")
    frame = frame.rename(columns={"issue_id": "key", "created": "opened_at"})
    kept = frame[["key", "title", "description", "opened_at"]]
    return Corpus(kept, _causes(frame, "cluster_id"))


def clinc(data: Path) -> Corpus:
    """The test split of short requests; causes are intents, out-of-scope texts have none."""
    frame = _read(data, "clinc150/clinc150.csv.gz")
    frame = frame[frame["split"] == "test"].reset_index(drop=True)
    frame = frame.assign(
        key=[f"Q{n:05d}" for n in range(len(frame))],
        title=frame["text"],
        intent=frame["intent"].where(frame["intent"] != "oos"),
    )
    return Corpus(frame[["key", "title"]], _causes(frame, "intent"))


def uci(data: Path) -> Corpus:
    """Incidents with codes only; causes are the problem records that two or more are linked to."""
    frame = _read(data, "uci_incident_log/incidents_last_state.csv.gz").rename(
        columns={
            "number": "key",
            "u_symptom": "symptom",
            "assignment_group": "team",
            "cmdb_ci": "ci",
        }
    )
    codes = ["ci", "category", "subcategory", "symptom", "location", "team"]
    return Corpus(frame[["key", *codes, "opened_at"]], _causes(frame, "problem_id"))


def tickets(data: Path) -> Corpus:
    """Service-desk tickets with numbers for category and service; what repeats is not known."""
    frame = _read(data, "it_ticket_topics/tickets_multifield.csv.gz")
    frame = frame.rename(columns={"body": "description", "sub_category1": "subcategory"})
    frame = frame.assign(
        key="T" + frame["row"].str.zfill(5),
        service="service " + frame["business_service"],
        category="category " + frame["category"],
    )
    kept = frame[["key", "title", "description", "service", "category", "subcategory"]]
    return Corpus(kept, dict.fromkeys(kept["key"]))
