"""What incidents are truly about: members repeat their cause, the rest differ in one detail."""

import numpy as np

from simulator.causes import N_CHECKS, N_CODES, N_PARAMETERS, Causes
from simulator.draws import Draws, Flags, Ints
from simulator.phrases import CONDITIONS, FAMILIES, OBJECTS, SHOWS_PARAMETER, alerts
from simulator.reference import CATEGORIES, Reference
from simulator.settings import EstateSettings

SUBJECT_FIELDS = (
    "family", "object", "condition", "parameter", "check", "code",
    "service", "ci", "team", "category", "subcategory",
)  # fmt: skip
NEAR_SHARE = 0.7
"""Share of the incidents without a cause that are made from one, with one detail changed."""


def plan_subjects(
    settings: EstateSettings,
    reference: Reference,
    causes: Causes,
    cause: Ints,
    machine: Flags,
    clone_of: Ints,
) -> dict[str, Ints]:
    """The true subject of every incident, one array per field."""
    draws = Draws(settings.seed, "subjects", np.arange(len(cause)))
    near = np.where(cause >= 0, cause, draws.below("near", causes.n))
    subject = {name: getattr(causes, name)[near] for name in SUBJECT_FIELDS if name != "ci"}
    subject["ci"] = causes.ci[near, draws.below("which item", 3)]
    noise = cause < 0
    free = noise & draws.chance("free", 1 - NEAR_SHARE)
    _change_detail(draws, subject, noise & ~free, machine)
    _change_place(draws, reference, subject, noise & ~free & draws.chance("moved", 0.4))
    _set(subject, free, _anything(draws, len(cause)))
    _change_place(draws, reference, subject, free)
    for attempt in range(3):
        again = Draws(settings.seed, f"subjects/{attempt}", np.arange(len(cause)))
        _set(subject, _repeats(subject, machine) & noise, _anything(again, len(cause)))
    copied = clone_of >= 0
    for values in subject.values():
        values[copied] = values[clone_of[copied]]
    return subject


def _set(subject: dict[str, Ints], where: Flags, new: dict[str, Ints]) -> None:
    for name, values in new.items():
        subject[name] = np.where(where, values, subject[name])


def _anything(draws: Draws, n: int) -> dict[str, Ints]:
    bounds = {
        "family": len(FAMILIES),
        "object": len(OBJECTS),
        "condition": len(CONDITIONS),
        "parameter": N_PARAMETERS,
        "check": N_CHECKS,
        "code": N_CODES,
        "category": len(CATEGORIES),
        "subcategory": len(CATEGORIES[0][1]),
    }
    return {name: draws.below(f"any {name}", bound) for name, bound in bounds.items()}


def _change_detail(draws: Draws, subject: dict[str, Ints], where: Flags, machine: Flags) -> None:
    """Another condition, object, symptom or parameter than the cause it was made from.

    What is changed is always something that the words show: an alert has a check where people name
    a condition, and many wordings have no parameter.
    """
    kind = draws.choice("detail", (0.42, 0.33, 0.13, 0.12))
    unseen = ((kind == 2) & machine) | ((kind == 3) & ~shows_parameter(subject, machine))
    kind = np.where(unseen, 0, kind)
    changes = (
        ("condition", len(CONDITIONS), (kind == 0) & ~machine),
        ("check", N_CHECKS, (kind == 0) & machine),
        ("object", len(OBJECTS), kind == 1),
        ("family", len(FAMILIES), kind == 2),
        ("parameter", N_PARAMETERS, kind == 3),
    )
    for name, bound, flags in changes:
        step = 1 + draws.below(f"step {name}", bound - 1)
        subject[name] = np.where(where & flags, (subject[name] + step) % bound, subject[name])
    other = where & draws.chance("other code", 0.6)
    subject["code"] = np.where(other, draws.below("new code", N_CODES), subject["code"])


def shows_parameter(subject: dict[str, Ints], machine: Flags) -> Flags:
    """Whether the words of each incident show its parameter."""
    watched = np.array(["{k}" in thing for thing in alerts.OBJECTS])[subject["object"]]
    told = np.array(SHOWS_PARAMETER)[subject["condition"]]
    shown: Flags = np.where(machine, watched, told)
    return shown


def _change_place(
    draws: Draws, reference: Reference, subject: dict[str, Ints], where: Flags
) -> None:
    """Another item, of the same service for half of them, and what goes with it."""
    elsewhere = where & draws.chance("elsewhere", 0.5)
    service = np.where(
        elsewhere, draws.below("new service", len(reference.services)), subject["service"]
    )
    first, last = reference.ci_first[service], reference.ci_first[service + 1]
    ci = first + draws.below("new ci", np.maximum(last - first, 1))
    subject["service"] = service
    subject["ci"] = np.where(where, ci, subject["ci"])
    subject["team"] = np.where(elsewhere, reference.service_team[service], subject["team"])


def place_on(
    settings: EstateSettings, reference: Reference, subject: dict[str, Ints], service: Ints
) -> None:
    """Moves incidents to a service, to one of its items and its team; -1 leaves one where it is."""
    draws = Draws(settings.seed, "placed", np.arange(len(service)))
    first, last = reference.ci_first[service], reference.ci_first[service + 1]
    ci = first + draws.below("item", np.maximum(last - first, 1))
    moved = {"service": service, "ci": ci, "team": reference.service_team[service]}
    _set(subject, service >= 0, moved)


def _repeats(subject: dict[str, Ints], machine: Flags) -> Flags:
    """Which subjects are there more than once."""
    key = machine.astype(np.int64)
    parts = (
        (subject["family"] * ~machine, len(FAMILIES)),
        (subject["object"], len(OBJECTS)),
        (np.where(machine, subject["check"], subject["condition"]), len(CONDITIONS)),
        (subject["parameter"] * shows_parameter(subject, machine), N_PARAMETERS),
        (subject["ci"], 1 << 20),
    )
    for values, bound in parts:
        key = key * bound + values
    _, inverse, counts = np.unique(key, return_inverse=True, return_counts=True)
    repeated: Flags = counts[inverse] > 1
    return repeated
