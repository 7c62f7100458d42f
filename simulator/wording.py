"""The words of incidents: a symptom, an object and a condition in one of many ways to put them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator.draws import Ints
from simulator.people import address, card, person, phone
from simulator.phrases import LANGUAGES, Language, alerts
from simulator.plan import Plan
from simulator.reference import SITES

LANGUAGE_SHARES = (0.64, 0.17, 0.11, 0.08)
PLACES = ("Lyon", "Graz", "Leeds", "Porto", "Malmö", "Gdansk", "Turin", "Cork")
VERSIONS = ("8.2", "8.3", "9.0", "9.1", "10.4", "11.0", "23.1", "24.2")
NUMBERS = (2, 5, 10, 20, 50, 100, 250, 500)
_CODES = (
    "ORA-{:05d}",
    "0x8007{:04X}",
    "HTTP {}",
    "ERR_{}",
    "MSG {:03d}",
    "SQL{:04d}N",
    "E{:04d}",
    "F5 {:03d}",
)
_N_DRAWS = 20
_CHANCES = {
    "condition in title": (1, 100, 52),
    "condition first": (1, 7, 1),
    "typo in title": (10**2, 100, 22),
    "typo in description": (10**4, 100, 30),
    "reply prefix": (10**6, 100, 6),
    "no description": (10**8, 100, 8),
    "a remark": (10**10, 10, 6),
    "another remark": (10**11, 10, 2),
    "error code": (10**12, 100, 30),
    "host": (10**14, 100, 16),
    "own computer": (10**16, 100, 20),
}
"""What a text may have, read from the digits of one draw: from which digit, of how many, below."""


@dataclass(frozen=True, slots=True)
class Texts:
    """Titles and descriptions of a block; None where nothing was written."""

    titles: list[str | None]
    descriptions: list[str | None]


def error_code(index: int) -> str:
    """The error code with this number."""
    return _CODES[index % len(_CODES)].format(100 + index * 37 % 9_000)


def build_texts(plan: Plan, ids: Ints) -> Texts:
    """The words of the incidents with these indexes; a clone repeats those of its original."""
    text_id = plan.text_id[ids]
    draws = plan.draws("words", text_id)
    language = draws.choice("language", LANGUAGE_SHARES).tolist()
    chances = (draws.raw("chances") >> np.uint64(1)).astype(np.int64).tolist()
    picks = np.stack([draws.below(f"pick {k}", 1 << 20) for k in range(_N_DRAWS)], 1).tolist()
    subject = {name: values[ids].tolist() for name, values in plan.subject.items()}
    machine = plan.is_machine[text_id].tolist()
    titles: list[str | None] = []
    descriptions: list[str | None] = []
    for row, is_machine in enumerate(machine):
        about = {name: values[row] for name, values in subject.items()}
        if is_machine:
            title, description = _alert(plan, about, picks[row])
        else:
            title, description = _report(
                plan, about, LANGUAGES[language[row]], picks[row], chances[row]
            )
        titles.append(title or None)
        descriptions.append(description or None)
    return Texts(titles, descriptions)


def _alert(plan: Plan, about: dict[str, int], pick: Sequence[int]) -> tuple[str, str]:
    """What monitoring opens; two tools of the four watch each service."""
    check, unit, text = alerts.CHECKS[about["check"]]
    values = {
        "host": plan.reference.ci_names[about["ci"]],
        "check": check,
        "unit": unit,
        "text": text,
        "object": alerts.OBJECTS[about["object"] % len(alerts.OBJECTS)].format(
            k=about["parameter"] + 1
        ),
        "value": 70 + pick[0] % 900,
        "id": f"{pick[1] * 7919 + pick[2]:x}",
    }
    style = (about["service"] + (pick[3] % 100 < 42)) % len(alerts.TITLES)
    return alerts.TITLES[style].format(**values), alerts.BODIES[style].format(**values)


def _report(
    plan: Plan, about: dict[str, int], language: Language, pick: Sequence[int], chance: int
) -> tuple[str, str]:
    """What a person writes: often in a hurry, sometimes with half of it only in the description."""
    families = language.families[about["family"]]
    objects = language.objects[about["object"]]
    condition = _condition(about, language, pick[2])
    symptom = families[pick[0] % len(families)].format(o=objects[pick[1] % len(objects)])
    title = f"{symptom} {condition}" if _happens("condition in title", chance) else symptom
    again = families[pick[3] % len(families)].format(o=objects[pick[4] % len(objects)])
    parts = [again, _condition(about, language, pick[5])]
    if _happens("condition first", chance):
        parts.reverse()
    body = _body(plan, about, language, pick, chance, " ".join(parts))
    if _happens("typo in title", chance):
        title = misspelled(title, pick[6])
    if _happens("typo in description", chance):
        body = misspelled(body, pick[7])
    if _happens("reply prefix", chance):
        title = f"{('RE', 'FW', 'AW', 'TR')[pick[8] % 4]}: {title}"
    if _happens("no description", chance):
        return title, ""
    return _capital(title, chance), body


def _happens(what: str, chance: int) -> bool:
    place, of, below = _CHANCES[what]
    return chance // place % of < below


def _condition(about: dict[str, int], language: Language, pick: int) -> str:
    wordings = language.conditions[about["condition"]]
    k = about["parameter"]
    return wordings[pick % len(wordings)].format(v=VERSIONS[k], p=PLACES[k], n=NUMBERS[k])


def _body(
    plan: Plan,
    about: dict[str, int],
    language: Language,
    pick: Sequence[int],
    chance: int,
    core: str,
) -> str:
    """Greeting, what happened, what was tried, identifiers, signature and footer."""
    name = person(pick[9] % 4_000)
    bits = [language.greetings[pick[10] % len(language.greetings)], core + "."]
    if _happens("a remark", chance):
        bits.append(language.fillers[pick[11] % len(language.fillers)])
    if _happens("another remark", chance):
        bits.append(language.fillers[pick[18] % len(language.fillers)])
    if _happens("error code", chance):
        bits.append(error_code(about["code"]))
    if _happens("host", chance):
        bits.append(f"Host {plan.reference.ci_names[about['ci']]}")
    if _happens("own computer", chance):
        client = f"{SITES[pick[12] % len(SITES)]}-ws-{pick[12] % 97:02d}"
        bits.append(f"PC {client}, user u{pick[13] % 90_000:05d}")
    bits.append(language.asks[pick[14] % len(language.asks)])
    bits.append(_secret(pick[15], pick[16]))
    text = " ".join(bit for bit in bits if bit)
    if pick[17] % 100 < 34:
        sign = language.signatures[pick[19] % len(language.signatures)]
        text += f"\n\n{sign}\n{name}\n{address(name)}\nTel. {phone(pick[16])}"
    return f"{text}\n\n{language.footer}" if pick[17] // 100 % 100 < 9 else text


def _secret(pick: int, number: int) -> str:
    """What should never be in a ticket, and now and then is."""
    if pick % 1_000 < 4:
        return f"My password: Summer{number % 9_000}!x"
    if pick % 1_000 < 7:
        return f"Card {card(number * 7_919)}"
    return f"Call me on {phone(number)}." if pick % 1_000 < 60 else ""


def misspelled(text: str, pick: int) -> str:
    """Drops, doubles or swaps one or two letters."""
    if len(text) < 8:
        return text
    at = 1 + pick % (len(text) - 3)
    kind = pick // 1_024 % 3
    if kind == 0:
        text = text[:at] + text[at + 1 :]
    elif kind == 1:
        text = text[:at] + text[at] + text[at:]
    else:
        text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text if pick == 0 or pick % 3 else misspelled(text, pick // 3)


def _capital(title: str, chance: int) -> str:
    """Most begin with a capital, some do not, a few shout."""
    kind = chance // 10**9 % 10
    if kind == 9 and chance % 3 == 0:
        return title.upper()
    return title if kind < 3 else title[:1].upper() + title[1:]
