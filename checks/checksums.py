"""Check digits and shapes that tell a secret from a number that only looks like one."""

import re
from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType

IBAN_LENGTHS: Mapping[str, int] = MappingProxyType(
    {
        **dict.fromkeys(("NO",), 15),
        **dict.fromkeys(("BE",), 16),
        **dict.fromkeys(("DK", "FI", "FO", "GL", "NL"), 18),
        **dict.fromkeys(("MK", "SI"), 19),
        **dict.fromkeys(("AT", "BA", "EE", "KZ", "LT", "LU", "XK"), 20),
        **dict.fromkeys(("CH", "HR", "LI", "LV"), 21),
        **dict.fromkeys(("BG", "BH", "CR", "DE", "GB", "GE", "IE", "ME", "RS", "VA"), 22),
        **dict.fromkeys(("AE", "GI", "IL", "IQ", "TL"), 23),
        **dict.fromkeys(("AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN", "VG"), 24),
        **dict.fromkeys(("PT", "LY", "ST"), 25),
        **dict.fromkeys(("IS", "TR"), 26),
        **dict.fromkeys(("FR", "GR", "IT", "MC", "MR", "SM"), 27),
        **dict.fromkeys(("AL", "AZ", "BY", "CY", "DO", "GT", "HU", "LB", "NI", "PL", "SV"), 28),
        **dict.fromkeys(("BR", "EG", "PS", "QA", "UA"), 29),
        **dict.fromkeys(("JO", "KW", "MU"), 30),
        **dict.fromkeys(("MT", "SC"), 31),
    }
)
"""Length of an account number by country (ISO 13616 registry)."""

_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


def digits_of(text: str) -> str:
    """The digits of a text, in order."""
    return "".join(filter(str.isdigit, text))


def is_card_number(digits: str) -> bool:
    """Whether digits are a payment card number: an issuer's first digits and the Luhn check.

    Source:
        ISO/IEC 7812-1, Annex B.
    """
    if not re.match(r"3[0-9]|4|5[0-8]|6|2[2-7]", digits) or len(set(digits)) == 1:
        return False
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (doubled + sum(map(int, digits[-1::-2]))) % 10 == 0


def iban_end(text: str) -> int | None:
    """Where an account number that a text begins with ends; None where it does not begin with one.

    Single blanks between its characters are allowed.

    Source:
        ISO 13616-1 (structure), ISO/IEC 7064 MOD 97-10 (check digits).
    """
    length = IBAN_LENGTHS.get(text[:2].upper())
    if length is None:
        return None
    places = [place for place, char in enumerate(text) if char != " "][:length]
    if len(places) < length or text[places[-1] + 1 : places[-1] + 2].isalnum():
        return None
    plain = "".join(text[place] for place in places).upper()
    if not (plain.isascii() and plain.isalnum()):
        return None
    number = "".join(str(int(char, 36)) for char in plain[4:] + plain[:4])
    return places[-1] + 1 if int(number) % 97 == 1 else None


def is_nir(digits: str) -> bool:
    """Whether 15 digits are a French social security number, by its key.

    Source:
        INSEE, Numéro d'inscription au répertoire: key = 97 - (first 13 digits mod 97).
    """
    return len(digits) == 15 and int(digits[13:]) == 97 - int(digits[:13]) % 97


def is_dni(text: str) -> bool:
    """Whether a text is a Spanish identity number (DNI or NIE), by its letter.

    Source:
        Real Decreto 1553/2005; letter = number mod 23.
    """
    body = text.replace("-", "").upper()
    number = body[:-1].translate(str.maketrans("XYZ", "012"))
    return body[-1] == _DNI_LETTERS[int(number) % 23]


def is_ahv(digits: str) -> bool:
    """Whether 13 digits are a Swiss social security number, by its check digit.

    Source:
        Bundesamt für Sozialversicherungen: EAN-13 with the country code 756.
    """
    weighted = sum(int(digit) * (3 if n % 2 else 1) for n, digit in enumerate(digits[:12]))
    return len(digits) == 13 and int(digits[12]) == -weighted % 10


_ODD = (
    1,
    0,
    5,
    7,
    9,
    13,
    15,
    17,
    19,
    21,
    2,
    4,
    18,
    20,
    11,
    3,
    6,
    8,
    12,
    14,
    16,
    10,
    22,
    25,
    24,
    23,
)


def is_codice_fiscale(text: str) -> bool:
    """Whether 16 characters are an Italian tax code, by its check letter.

    Source:
        D.M. 23 dicembre 1976, allegato: odd places by a table, even ones by their value, mod 26.
    """
    values = [int(char) if char.isdigit() else ord(char) - ord("A") for char in text.upper()]
    total = sum(_ODD[value] if n % 2 == 0 else value for n, value in enumerate(values[:15]))
    return len(values) == 16 and values[15] == total % 26


def is_random(text: str) -> bool:
    """Whether a long run of letters and digits looks drawn at random rather than written.

    Hexadecimal runs of 32 and more are taken as random. Elsewhere neighbours in a random run change
    between capitals, small letters and digits about every second character, in names and paths far
    less often. Runs of small letters and digits only are less sure to be seen.
    """
    symbols = sum(not char.isalnum() for char in text)
    if symbols == 0 and re.fullmatch(r"(?=.*[A-Fa-f])(?=.*\d)[0-9A-Fa-f]{32,}", text):
        return True
    classes = [_class(char) for char in text if char.isalnum()]
    if len(classes) < 30 or symbols > 0.12 * len(text):
        return False
    changes = sum(a != b for a, b in pairwise(classes)) / len(classes)
    n_kinds = len(set(classes))
    two_will_do = n_kinds == 2 and "0" in classes and symbols == 0
    return (n_kinds == 3 and changes >= 0.4) or (two_will_do and changes >= 0.25)


def _class(char: str) -> str:
    return "0" if char.isdigit() else "A" if char.isupper() else "a"


_DATE_OR_TIME = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}|\d{4}[./]\d{1,2}[./]\d{1,2}|\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d{2})"
    r"|\d{1,2}:\d{2}"
)
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_CODE = re.compile(
    r"0[xX][0-9A-Fa-f]+|[A-Z]{2,5}-\d{3,}\W?|https?\W.*|ftp://.*|AADSTS\d+\W?"
    r"|(?:INC|CHG|PRB|REQ|RITM|S?CTASK|PTASK|TASK|CS|KB|HTTP|WO|SR)\d{3,}\W?"
)


def is_date_or_address(text: str) -> bool:
    """Whether a run of digits and separators begins with a date or time, or is an IP address."""
    stripped = text.strip()
    return bool(_DATE_OR_TIME.match(stripped) or _ADDRESS.fullmatch(stripped))


def is_code(text: str) -> bool:
    """Whether a word is an error code, a record number or a link, which are worth keeping."""
    return bool(_CODE.fullmatch(text))


def looks_secret(text: str) -> bool:
    """Whether a word is likelier a password or key than a word of a sentence."""
    if len(text) < 4 or is_code(text) or is_date_or_address(text):
        return False
    has_letter = any(map(str.isalpha, text))
    has_digit = any(map(str.isdigit, text))
    has_symbol = any(char in "!$%&*#@^~?+=" for char in text[:-1])
    return (has_letter and has_digit) or (has_letter and has_symbol) or (has_digit and has_symbol)
