"""A small, readable set of incidents: three causes, and singles that look like them."""

import pandas as pd

CAUSES: dict[str, tuple[str, str, str, list[str]]] = {
    "password": (
        "Exchange Online",
        "mail-gw-01",
        "Collaboration",
        [
            "Outlook asks for password again after VPN reconnect",
            "RE: outlook password prompt after vpn reconnect",
            "Outlook keeps asking for the password after VPN reconnects",
            "Hi team, Outlook password prompt again after VPN reconnect",
        ],
    ),
    "label": (
        "Warehouse",
        "lon-prn-03",
        "Hardware",
        [
            "Label printer lon-prn-03 prints blank labels",
            "Blank labels from label printer lon-prn-03",
            "Label printer prints blank labels again, INC0012345",
        ],
    ),
    "job": (
        "Data Warehouse",
        "dwh-etl-02",
        "Jobs",
        [
            "Job NIGHTLY_LOAD_07 failed with ORA-01555",
            "NIGHTLY_LOAD_07 abended ORA-01555 snapshot too old",
        ],
    ),
}
SINGLES = [
    "Outlook calendar shows wrong time zone",
    "New laptop for joiner in finance",
    "Projector in meeting room stays dark",
    "Cannot open PDF attachment in browser",
    "Badge reader at gate blinks red",
    "Shared drive full for project alpha",
    "Phone headset has echo during calls",
    "Software licence for drawing tool expired",
]


def small_incidents() -> pd.DataFrame:
    """Seventeen incidents, opened a week apart within a cause."""
    rows: list[dict[str, str]] = []
    for number, (service, ci, category, titles) in enumerate(CAUSES.values()):
        rows.extend(
            {
                "title": title,
                "service": service,
                "ci": ci,
                "category": category,
                "opened_at": f"2026-08-{3 + 5 * k + number:02d}T08:00:00Z",
            }
            for k, title in enumerate(titles)
        )
    rows.extend(
        {"title": title, "opened_at": f"2026-08-{k + 2:02d}T09:30:00Z"}
        for k, title in enumerate(SINGLES)
    )
    frame = pd.DataFrame(rows)
    return frame.assign(key=[f"INC{k:04d}" for k in range(len(frame))])
