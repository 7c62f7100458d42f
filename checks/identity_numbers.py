"""Patterns of numbers that states give to people: by their check digits, or after their name."""

import re

from checks.checksums import digits_of, is_ahv, is_codice_fiscale
from checks.patterns import Pattern, Span, regex


def _ahv(match: re.Match[str]) -> Span | None:
    return match.span() if is_ahv(digits_of(match[0])) else None


def _codice(match: re.Match[str]) -> Span | None:
    return match.span() if is_codice_fiscale(match[0]) else None


def _numbered(match: re.Match[str]) -> Span | None:
    """A number of six characters and more, four of them digits."""
    text = match[1].rstrip(" .-/")
    is_long = len([char for char in text if char.isalnum()]) >= 6
    start = match.start(1)
    return (start, start + len(text)) if is_long and len(digits_of(text)) >= 4 else None


_NAMED = (
    r"passport|reisepass|personalausweis|ausweis|passeport|pasaporte|id\scard|identity\scard"
    r"|bsn|pesel|sv-?nr|sozialversicherungs(?:nummer|-?nr)|social\sinsurance|national\sinsurance"
    r"|ni\snumber|nino|steuer-?id(?:nr)?|steueridentifikationsnummer|tax\sid|tax\snumber"
    r"|steuernummer|codice\sfiscale|f[üu]hrerschein|driving\slicence|driver'?s\slicense"
    r"|krankenversicherten-?(?:nummer|nr)|versichertennummer"
)
_NUMBER_WORD = r"(?:\s?(?:no|nr|num|number|nummer|num[ée]ro|n[úu]mero)\b\.?)?"

IDENTITY_NUMBERS: tuple[Pattern, ...] = (
    Pattern(
        "national-id",
        "Swiss social security number",
        regex(r"(?<![\d.])756\.?\d{4}\.?\d{4}\.?\d\d(?![\d.]*\d)"),
        "AHV 756.9217.0769.85",
        "756.9217.0769.85",
        "756",
        secret=_ahv,
    ),
    Pattern(
        "national-id",
        "Italian tax code",
        regex(r"(?<!\w)[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z](?!\w)"),
        "CF RSSMRA85T10A562S",
        "RSSMRA85T10A562S",
        secret=_codice,
    ),
    Pattern(
        "national-id",
        "British national insurance number, spaced",
        regex(
            r"(?<!\w)(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] \d\d \d\d \d\d "
            r"[A-D](?!\w)"
        ),
        "my number AB 12 34 56 C",
        "AB 12 34 56 C",
    ),
    Pattern(
        "national-id",
        "number after the name of a document",
        regex(
            rf"(?<!\w)(?:{_NAMED}){_NUMBER_WORD}(?:\s(?:is|ist|lautet))?(?:[\s.:#]{{1,3}}|(?=\d))"
            r"([A-Z0-9](?:[ ./-]?[A-Z0-9]){5,19})(?!\w)"
        ),
        "Reisepass Nr. C01X00T47 ist abgelaufen",
        "C01X00T47",
        secret=_numbered,
    ),
)
"""Applied before other numbers, which some of them resemble."""
