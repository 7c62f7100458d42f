"""What the flows make, as Prefect assets: which dataset was made when, by which run, of what."""

from prefect.assets import Asset, AssetProperties

PREFIX = "csi:/"


def _asset(path: str, name: str, description: str) -> Asset:
    return Asset(
        key=f"{PREFIX}/{path}",
        properties=AssetProperties(name=name, description=description),
    )


RECORDS = _asset("records", "Records", "Of every source, landed and held against its own count.")
CHECKS = _asset("checks", "Check reports", "Whether the records of a week may be mined.")
CANDIDATES = _asset("candidates", "Problem candidates", "Repeat incidents, grouped and ranked.")
REGISTER = _asset("register", "CSI register", "Improvements, with proposals of the week.")
PACKS = _asset("packs", "Review packs", "Frozen packs, in every version.")
OUTBOX = _asset("outbox", "Outbox", "What was decided, written into the ITSM tools.")
DELIVERIES = _asset("deliveries", "Deliveries", "Which pack went to whom, and what became of it.")
BACKUPS = _asset("backups", "Backups", "Verified copies of the database.")
