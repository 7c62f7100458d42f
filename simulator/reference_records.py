"""The columns of what changes seldom: services, teams, items, vendors, contracts, articles."""

from collections.abc import Iterator

import numpy as np

from itsm.states import RecordKind
from simulator.columns import Column, ColumnBlock, at, flags, numbers, take
from simulator.draws import Draws
from simulator.lifecycle import NEVER
from simulator.phrases import CONDITIONS, FAMILIES, LANGUAGES, OBJECTS
from simulator.plan import Plan
from simulator.reference import CATEGORIES, CI_CLASSES, CLAUSE_HOURS, OWNERS, SERVICE_HOURS

_YEAR = 365 * 86_400
_RELATION = "Depends on::Used by"


def reference_blocks(plan: Plan) -> Iterator[ColumnBlock]:
    """All reference records, one block per kind."""
    makers = (
        (RecordKind.TEAM, _teams),
        (RecordKind.SERVICE, _services),
        (RecordKind.CONFIGURATION_ITEM, _items),
        (RecordKind.CI_RELATION, _relations),
        (RecordKind.VENDOR, _vendors),
        (RecordKind.CONTRACT, _contracts),
        (RecordKind.CONTRACT_CLAUSE, _clauses),
        (RecordKind.KNOWLEDGE_ARTICLE, _articles),
    )
    for kind, make in makers:
        yield ColumnBlock(kind, plan.settings.source, make(plan))


def contract_number(vendor: int) -> str:
    """The number of the contract with a vendor."""
    return f"CNTR{vendor + 1:07d}"


def _teams(plan: Plan) -> dict[str, Column]:
    reference = plan.reference
    return {
        "number": list(reference.teams),
        "name": list(reference.teams),
        "line": reference.team_line.tolist(),
        "size": reference.team_size.tolist(),
        "vendor": take(reference.vendors, reference.team_vendor),
    }


def _services(plan: Plan) -> dict[str, Column]:
    reference = plan.reference
    n = len(reference.services)
    return {
        "number": list(reference.services),
        "name": list(reference.services),
        "owner": [OWNERS[index * 5 % len(OWNERS)] for index in range(n)],
        "criticality": reference.service_criticality.tolist(),
        "users": reference.service_users.tolist(),
        "service_hours": [f"{SERVICE_HOURS} {plan.settings.zone}"] * n,
    }


def _items(plan: Plan) -> dict[str, Column]:
    reference = plan.reference
    return {
        "number": list(reference.ci_names),
        "name": list(reference.ci_names),
        "ci_class": take([name for _, name in CI_CLASSES], reference.ci_class),
        "service": take(reference.services, reference.ci_service),
        "team": take(reference.teams, reference.service_team[reference.ci_service]),
        "is_retired": flags(reference.ci_retired),
    }


def _relations(plan: Plan) -> dict[str, Column]:
    """Each item but a service's first needs one that comes before it in the same service."""
    reference = plan.reference
    ids = np.arange(len(reference.ci_names))
    first = reference.ci_first[reference.ci_service]
    children = ids[ids > first]
    back = Draws(plan.settings.seed, "relations", children).uniform("back")
    parents = first[children] + (back * (children - first[children])).astype(np.int64)
    return {
        "number": numbers("REL", np.arange(len(children))),
        "parent": take(reference.ci_names, children),
        "child": take(reference.ci_names, parents),
        "relation": [_RELATION] * len(children),
    }


def _vendors(plan: Plan) -> dict[str, Column]:
    vendors = plan.reference.vendors
    return {
        "number": list(vendors),
        "name": list(vendors),
        "owner": [OWNERS[(3 * index + 1) % len(OWNERS)] for index in range(len(vendors))],
        "contingency": [
            "Second source under framework agreement" if index % 3 == 0 else None
            for index in range(len(vendors))
        ],
    }


def _contracts(plan: Plan) -> dict[str, Column]:
    """One contract per vendor; every fourth ends within the quarter after the export."""
    reference, settings = plan.reference, plan.settings
    ids = np.arange(len(reference.vendors))
    ends = settings.export_s + np.where(ids % 4 == 1, _YEAR // 6, _YEAR + ids * 20 * 86_400)
    services = [np.flatnonzero(reference.service_vendor == vendor) for vendor in ids.tolist()]
    return {
        "number": [contract_number(vendor) for vendor in ids.tolist()],
        "vendor": list(reference.vendors),
        "title": [f"Support agreement {name}" for name in reference.vendors],
        "service": [reference.services[int(own[0])] if len(own) else None for own in services],
        "starts_at": at(ends - 3 * _YEAR),
        "ends_at": at(ends),
        "cost_per_year": [24_000.0 + 9_500.0 * (vendor % 7) for vendor in ids.tolist()],
    }


def _clauses(plan: Plan) -> dict[str, Column]:
    rows = [
        (contract_number(vendor), target, severity, hours)
        for vendor in range(len(plan.reference.vendors))
        for (target, severity), hours in CLAUSE_HOURS.items()
    ]
    return {
        "number": [
            f"{contract}-{'RSP' if target == 'response' else 'RSL'}{severity}"
            for contract, target, severity, _ in rows
        ],
        "contract": [row[0] for row in rows],
        "target": [row[1] for row in rows],
        "within_h": [row[3] for row in rows],
        "severity": [row[2] for row in rows],
        "text": [
            f"{target.capitalize()} of severity {severity} cases within {hours:g} hours"
            for _, target, severity, hours in rows
        ],
        "credit_share": [0.05 if target == "resolution" else None for _, target, _, _ in rows],
    }


def _articles(plan: Plan) -> dict[str, Column]:
    ids = np.arange(plan.reference.n_articles)
    draws = plan.draws("articles", ids)
    english = LANGUAGES[0]
    family, thing = draws.below("family", len(FAMILIES)), draws.below("object", len(OBJECTS))
    condition = draws.below("condition", len(CONDITIONS))
    retired = draws.chance("retired", 0.08)
    opened = plan.settings.start_s - draws.below("age", 3 * _YEAR)
    retired_s = plan.settings.start_s + draws.below("until", 60 * 86_400)
    titles = [
        english.families[f][0].format(o=english.objects[o][-1])
        + " "
        + english.conditions[c][0].format(v="10.4", p="Lyon", n=20)
        for f, o, c in zip(family.tolist(), thing.tolist(), condition.tolist(), strict=True)
    ]
    return {
        "number": numbers("KB", ids),
        "title": [title[:1].upper() + title[1:] for title in titles],
        "state_code": ["retired" if flag else "published" for flag in retired.tolist()],
        "opened_at": at(opened),
        "owner": [OWNERS[index % len(OWNERS)] for index in ids.tolist()],
        "service": take(
            plan.reference.services, draws.below("service", len(plan.reference.services))
        ),
        "category": [
            CATEGORIES[index][0] for index in draws.below("category", len(CATEGORIES)).tolist()
        ],
        "uses": draws.lognormal("uses", 25.0, 1.3).astype(np.int64).tolist(),
        "retired_at": at(np.where(retired, retired_s, NEVER)),
    }
