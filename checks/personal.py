"""Patterns of what belongs to a person: addresses, numbers of accounts, cards and telephones."""

import re

from checks.checksums import digits_of, iban_end, is_card_number, is_dni, is_nir
from checks.patterns import Pattern, Span, group, number, regex


def _iban(match: re.Match[str]) -> Span | None:
    end = iban_end(match[0] + match.string[match.end() : match.end() + 1])
    return None if end is None else (match.start(), match.start() + end)


def _card(match: re.Match[str]) -> Span | None:
    return match.span() if is_card_number(digits_of(match[0])) else None


def _nir(match: re.Match[str]) -> Span | None:
    return match.span() if is_nir(digits_of(match[0])) else None


def _dni(match: re.Match[str]) -> Span | None:
    return match.span() if is_dni(match[0]) else None


_ISO_DATE = r"(?:19|20)\d\d-[01]\d-[0-3]\d(?!\d)"
_DATE = r"(?:[0-2]?\d|3[01])[./-](?:0?\d|1[0-2])[./-](?:19|20)\d\d(?!\d)"
_TIME = r"[0-2]?\d:[0-5]\d"
_STEP = rf"[ ./()-]{{0,3}}(?!{_ISO_DATE}|{_DATE}|{_TIME})\d"
_BEFORE = r"(?<![\w.:/+-])"
_AFTER = r"(?![-.:/]?\w)"
_PHONE_KEY = (
    r"(?<![\w<])(?:tel(?:[eé]fono?|ephone)?|t[eé]l[eé]phone|phone|mobile?|m[óo]vil|handy|cell|fax"
    r"|portable|rufnummer|durchwahl|r[üu]ckruf|call(?:\sme)?(?:\sback)?(?:\s(?:on|at))?)"
)
_NUMBER_WORD = r"(?:\s?(?:no|nr|num|number|nummer|num[ée]ro|n[úu]mero)\b\.?)"

PERSONAL: tuple[Pattern, ...] = (
    Pattern(
        "email",
        "mail address",
        regex(r"(?<![\w.+%-])[\w.+%-]++@(?:[^\W_](?:[\w-]{0,62})\.){1,8}[^\W\d_]{2,24}(?!\w)"),
        "from jane.doe+it@mail.example.com today",
        "jane.doe+it@mail.example.com",
        "@",
    ),
    Pattern(
        "account",
        "account number with check digits",
        regex(r"(?<![A-Za-z0-9])[A-Z]{2}\d\d(?: ?[A-Z0-9]){11,30}"),
        "pay to DE89 3704 0044 0532 0130 00 now",
        "DE89 3704 0044 0532 0130 00",
        secret=_iban,
    ),
    Pattern(
        "card",
        "payment card",
        regex(
            r"(?<![0-9A-Za-z])(?:\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{4,5}"
            r"|\d{13,19})(?![0-9A-Za-z])"
        ),
        "card 4111 1111 1111 1111 declined",
        "4111 1111 1111 1111",
        secret=_card,
    ),
    Pattern(
        "account",
        "account number told",
        regex(
            r"(?<![\w<])(?:(?:bank\s?)?account|acct|konto|kto|compte|cuenta|blz|sort\scode|iban)"
            rf"(?:{_NUMBER_WORD}|\s?[:#])[\s.:#]{{0,3}}(\d(?:[ -]?\d){{5,33}})"
        ),
        "Kontonummer 532013000 at the bank",
        "532013000",
        secret=number(6),
    ),
    Pattern(
        "national-id",
        "US social security number",
        regex(r"(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\w-])"),
        "ssn 536-90-4399 in the ticket",
        "536-90-4399",
    ),
    Pattern(
        "national-id",
        "French social security number",
        regex(r"(?<!\w)[12] ?\d\d ?(?:0[1-9]|1[0-2]) ?\d\d ?\d{3} ?\d{3} ?\d\d(?!\w)"),
        "NIR 2 55 08 14 168 025 38",
        "2 55 08 14 168 025 38",
        secret=_nir,
    ),
    Pattern(
        "national-id",
        "Spanish identity number",
        regex(r"(?<!\w)(?:\d{8}|[XYZ]\d{7})-?[A-HJ-NP-TV-Z](?!\w)"),
        "DNI 12345678Z",
        "12345678Z",
        secret=_dni,
    ),
    Pattern(
        "phone",
        "international number",
        regex(rf"(?<![\w+])(?:\+|00(?=[1-9]))\(?\d(?:{_STEP}){{6,14}}(?!\d)"),
        "ring +49 (0)89 1234-567 please",
        "+49 (0)89 1234-567",
        secret=number(8),
    ),
    Pattern(
        "phone",
        "number after a word for telephone",
        regex(rf"{_PHONE_KEY}{_NUMBER_WORD}?[\s.:#]{{0,3}}(\(?\d(?:{_STEP}){{5,14}})(?!\d)"),
        "Rufnummer 44 55 667",
        "44 55 667",
        secret=number(6),
    ),
    Pattern(
        "phone",
        "extension",
        regex(
            r"(?<![\w<])(?:ext(?:ension)?|durchwahl|poste|tel|phone|telefon)\s?[.:]\s?(\d{3,8})(?![\w.:/-])"
        ),
        "ask for ext. 4567",
        "4567",
        secret=group,
    ),
    Pattern(
        "phone",
        "North American number",
        regex(rf"{_BEFORE}(?:\(\d{{3}}\) ?|\d{{3}}[-. ])\d{{3}}[-. ]\d{{4}}{_AFTER}"),
        "cell (555) 123-4567",
        "(555) 123-4567",
        secret=number(10),
    ),
    Pattern(
        "phone",
        "number with area code",
        regex(rf"{_BEFORE}\(?0[1-9]\d{{1,4}}\)? ?[/ -] ?\d{{3,9}}(?:[ -]\d{{2,8}}){{0,3}}{_AFTER}"),
        "dial 089/1234567",
        "089/1234567",
        secret=number(9),
    ),
    Pattern(
        "phone",
        "French number",
        regex(rf"{_BEFORE}0[1-9]([ .-]?)\d\d(?:\1\d\d){{3}}{_AFTER}"),
        "au 01 23 45 67 89",
        "01 23 45 67 89",
    ),
)
"""Applied in this order: what may contain others comes first."""
