"""What an estate is made of: services, configuration items, teams, vendors, contracts, articles."""

from dataclasses import dataclass

import numpy as np

from simulator.draws import Draws, Flags, Ints
from simulator.settings import EstateSettings

SERVICE_NAMES = (
    "Order Management", "Billing", "E-Mail", "Remote Access", "File Services", "Printing",
    "Warehouse", "Customer Portal", "Payroll", "Time Recording", "Collaboration", "Workplace",
    "Mobile Devices", "Reporting", "Product Data", "Identity", "Contract Management", "Procurement",
    "Payments", "Service Management", "CRM", "Digital Signature", "Network", "Document Management",
    "Learning", "Meeting Rooms", "Pricing", "HR Self-Service", "Data Integration", "Manufacturing",
)  # fmt: skip
REGIONS = ("", "EMEA", "Americas", "Asia", "Iberia", "DACH", "Nordics", "Retail", "Plants")
TEAM_NAMES = (
    "Windows", "Linux", "Network", "Database", "SAP Basis", "SAP Finance", "SAP Logistics",
    "Messaging", "Workplace", "Identity", "Print", "Web", "Integration", "Storage", "Security",
    "Mobile", "CRM", "Warehouse Systems", "Data", "Plants",
)  # fmt: skip
CATEGORIES = (
    ("Software", ("Error", "Performance", "Crash", "Licence", "Update", "Interface")),
    ("Hardware", ("Laptop", "Printer", "Peripheral", "Scanner", "Server", "Battery")),
    ("Network", ("Connectivity", "Wireless", "VPN", "Firewall", "DNS", "Latency")),
    ("Access", ("Password", "Permission", "Account", "Certificate", "Role", "Lockout")),
    ("Database", ("Backup", "Locks", "Storage", "Replication", "Query", "Tablespace")),
    ("E-Mail", ("Mailbox", "Delivery", "Calendar", "Spam", "Archive", "Client")),
    ("Data", ("Quality", "Missing", "Duplicate", "Export", "Import", "Report")),
    ("Inquiry", ("How to", "Order", "Training", "Status", "Contact", "Other")),
)
VENDOR_NAMES = (
    "Nordwind Netze GmbH", "Castell Print SA", "Blueharbor Software Ltd", "Ardent Cloud Inc",
    "Kestrel Storage BV", "Montclair Paie SAS", "Olivar Logística SL", "Feldmann Hardware AG",
    "Tidewater Security Ltd", "Quarry Data Oy", "Sable Mobile Inc", "Larkspur Systems Ltd",
)  # fmt: skip
SITES = ("lon", "ber", "par", "mad", "graz", "lyon", "mil", "rot", "war", "osl", "nyc", "sin")
CI_CLASSES = (
    ("srv", "cmdb_ci_server"), ("sql", "cmdb_ci_db_mssql_instance"), ("app", "cmdb_ci_appl"),
    ("sw", "cmdb_ci_netgear"), ("prn", "cmdb_ci_printer"), ("web", "cmdb_ci_web_server"),
    ("sto", "cmdb_ci_storage_device"), ("ws", "cmdb_ci_computer"),
)  # fmt: skip
OWNERS = (
    "Ana Ferrer", "Jonas Weber", "Claire Dupuis", "Priya Nair", "Tom Ellison", "Marta Kowalska",
    "Sven Lindqvist", "Lucia Moretti", "Daniel Osei", "Hanna Vogel", "Rui Costa", "Mei Tanaka",
)  # fmt: skip
SERVICE_HOURS = "Mon-Fri 07:00-19:00"
CLAUSE_HOURS = {
    ("response", 1): 1.0,
    ("response", 2): 4.0,
    ("response", 3): 8.0,
    ("resolution", 1): 8.0,
    ("resolution", 2): 24.0,
    ("resolution", 3): 72.0,
}
"""What a contract promises, in hours, by clock target and severity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The fixed parts of an estate; arrays are parallel to the name tuples."""

    teams: tuple[str, ...]
    team_line: Ints
    team_size: Ints
    team_vendor: Ints
    services: tuple[str, ...]
    service_criticality: Ints
    service_users: Ints
    service_team: Ints
    service_vendor: Ints
    vendors: tuple[str, ...]
    ci_names: tuple[str, ...]
    ci_class: Ints
    ci_service: Ints
    ci_retired: Flags
    ci_first: Ints
    """Where each service's items begin in `ci_names`; they lie side by side."""
    n_articles: int


def build_reference(settings: EstateSettings) -> Reference:
    """The reference data of an estate; its size follows the number of incidents."""
    n = settings.n_incidents
    vendors = VENDOR_NAMES[: min(len(VENDOR_NAMES), 5 + n // 1_000)]
    teams, line, size, team_vendor = _teams(settings, len(vendors))
    names = _service_names(min(240, max(18, 20 + n // 500)))
    draws = Draws(settings.seed, "services", np.arange(len(names)))
    second = np.flatnonzero(line >= 2)
    ci_names, ci_class, ci_service, first = _items(settings, len(names))
    vendor = np.where(draws.chance("has vendor", 0.45), draws.below("vendor", len(vendors)), -1)
    return Reference(
        teams=teams,
        team_line=line,
        team_size=size,
        team_vendor=team_vendor,
        services=names,
        service_criticality=1 + draws.choice("criticality", (0.15, 0.3, 0.35, 0.2)),
        service_users=20 + draws.lognormal("users", 400.0, 1.1).astype(np.int64),
        service_team=second[draws.below("team", len(second))],
        service_vendor=vendor,
        vendors=vendors,
        ci_names=ci_names,
        ci_class=ci_class,
        ci_service=ci_service,
        ci_retired=Draws(settings.seed, "ci", np.arange(len(ci_names))).chance("retired", 0.03),
        ci_first=first,
        n_articles=max(20, min(5_000, n // 60)),
    )


def _teams(settings: EstateSettings, n_vendors: int) -> tuple[tuple[str, ...], Ints, Ints, Ints]:
    n = min(len(TEAM_NAMES), 7 + settings.n_incidents // 700)
    names = [
        "Service Desk",
        "Service Desk Iberia",
        *TEAM_NAMES[:n],
        "Vendor Desk A",
        "Vendor Desk B",
    ]
    ids = np.arange(len(names))
    draws = Draws(settings.seed, "teams", ids)
    line = np.where(ids < 2, 1, np.where(ids >= n + 2, 3, 2)).astype(np.int64)
    size = np.where(ids == 0, 24, 3 + draws.below("size", 12)).astype(np.int64)
    size[[3, 4]] = (4, 3)
    vendor = np.where(line == 3, (ids - n - 2) % n_vendors, -1).astype(np.int64)
    return tuple(names), line, size, vendor


def _service_names(n: int) -> tuple[str, ...]:
    names = [f"{name} {region}".strip() for region in REGIONS for name in SERVICE_NAMES]
    return tuple(names[:n])


def _items(settings: EstateSettings, n_services: int) -> tuple[tuple[str, ...], Ints, Ints, Ints]:
    n = int(min(60_000, max(4 * n_services, settings.n_incidents // 10)))
    draws = Draws(settings.seed, "items", np.arange(n))
    weights = 0.4 + Draws(settings.seed, "items per service", np.arange(n_services)).uniform("w")
    edges = np.cumsum(weights) / weights.sum()
    service = np.minimum(np.searchsorted(edges, (np.arange(n) + 0.5) / n), n_services - 1)
    kinds = draws.below("class", len(CI_CLASSES))
    sites = draws.below("site", len(SITES))
    seen: dict[tuple[int, int], int] = {}
    names = []
    for site, kind in zip(sites.tolist(), kinds.tolist(), strict=True):
        seen[site, kind] = count = seen.get((site, kind), 0) + 1
        names.append(f"{SITES[site]}-{CI_CLASSES[kind][0]}-{count:02d}")
    first = np.searchsorted(service, np.arange(n_services + 1)).astype(np.int64)
    return tuple(names), kinds, service.astype(np.int64), first
