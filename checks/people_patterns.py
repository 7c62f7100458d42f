"""Patterns of people where they name themselves or are addressed, and of where they live.

Names elsewhere cannot be told from other words, so none is promised: `known_names.py` finds those
that records name. Case counts here, as nothing else tells a name from a word.
"""

import re

from checks.patterns import Pattern, group, regex

_WORD = r"(?:[A-ZÄÖÜ]['’])?[A-ZÄÖÜÀ-Þ][a-zäöüßà-ÿ]+(?:['’-][A-ZÄÖÜ]?[a-zäöüßà-ÿ]+)?"
_NAME = rf"{_WORD}(?:[ ](?:(?:von|van|de|der|den|zu|di|la)[ ]){{0,2}}{_WORD}){{0,2}}"
_PARTING = (
    r"(?i:(?:best|kind|many|warm)?\s?regards|(?:many\s|best\s)?thanks|thank\syou|cheers"
    r"|yours\ssincerely|mit\sfreundlichen?\sgr(?:ü|ue)(?:ß|ss)en|mit\sfreundlichem\sgru(?:ß|ss)"
    r"|(?:viele|beste|liebe|sch[öo]ne|freundliche)\sgr(?:ü|ue)(?:ß|ss)e|(?:besten|vielen)\sdank"
    r"|mfg|v\.?g\.?|l\.?g\.?|cordialement|saludos)"
)
_TITLE = (
    r"(?:(?:Mrs?|Dr|Prof)\.?|Ms\.|(?:Herrn?|Frau|Fr\.|Hr\.)(?:\s(?:Dr|Prof)\.)?|Madame|Monsieur"
    r"|Mme|Señora?|Sra?\.)"
)
_STREET = (
    r"(?:stra(?:ß|ss)e|str\.|platz|allee|gasse|damm|ufer|chaussee|steig|promenade)"
    r"|[ ](?:Stra(?:ß|ss)e|Str\.|Platz|Allee|Gasse|Damm|Ufer|Chaussee|Weg)|weg"
)
_ROAD = (
    r"Street|St\.|Road|Rd\.?|Avenue|Ave\.?|Lane|Close|Square|Boulevard|Blvd\.?|Terrace|Gardens|Way"
)
_NO_STREET = (
    r"(?!(?:Heim|Tele|Bildschirm)?(?:Arbeits|Speicher|Festplatten|Steck|Park|Lager|Sitz|Stell|Liege"
    r"|B[üu]ro|Zugriffs|Zugangs|L[öo]sungs|Dienst|Pr[üu]f|Um|Aus|R[üu]ck|Daten|Freigabe|[ÜU]bertragungs"
    r"|Eskalations|Rettungs|Flucht)(?:platz|weg))"
)
"""Words that end like a street and are none."""
_CASED = re.NOFLAG

PEOPLE: tuple[Pattern, ...] = (
    Pattern(
        "person",
        "name below a greeting at the end",
        regex(rf"(?<!\w){_PARTING}[,.!]?\s{{1,4}}({_NAME})(?=\s*(?:$|[\n,;.|(<]))", _CASED),
        "Please help.\nKind regards,\nAnna Berg",
        "Anna Berg",
        secret=group,
    ),
    Pattern(
        "person",
        "name somebody gives as their own",
        regex(
            rf"(?<!\w)(?i:my\sname\sis|mein\sname\sist|hier\sspricht|je\sm'appelle|me\sllamo)\s({_NAME})",
            _CASED,
        ),
        "my name is Jonas Weber and I cannot log in",
        "Jonas Weber",
        secret=group,
    ),
    Pattern(
        "person",
        "name after a form of address",
        regex(rf"(?<![\w.]){_TITLE}\s({_NAME})", _CASED),
        "Frau Weber kann nicht drucken",
        "Weber",
        secret=group,
    ),
    Pattern(
        "address",
        "street and number, German",
        regex(
            rf"(?<!\w){_NO_STREET}[A-ZÄÖÜ][\wäöüß-]{{1,40}}(?:{_STREET})\s?\d{{1,4}}\s?[a-zA-Z]?(?!\w)"
            rf"(?:,?\s(?:D-)?\d{{5}}\s{_WORD})?",
            _CASED,
        ),
        "bitte an Musterstraße 12, 10115 Berlin senden",
        "Musterstraße 12, 10115 Berlin",
    ),
    Pattern(
        "address",
        "number and street, English",
        regex(
            rf"(?<![\w.:/-])\d{{1,5}}[a-zA-Z]?\s(?:[A-Z][a-z]{{2,20}}\s){{1,3}}(?:{_ROAD})(?!\w)"
            rf"(?:,\s{_WORD})?(?:,?\s[A-Z]{{1,2}}\d[A-Z\d]?\s\d[A-Z]{{2}}(?!\w))?",
            _CASED,
        ),
        "send it to 12 High Street, London, SW1A 1AA please",
        "12 High Street, London, SW1A 1AA",
    ),
)
"""Applied after everything that has a form of its own."""
