"""The rules by which incident texts are cleaned, as data.

Every rule is a named pattern with an example, and the example is its first test. Rules are
anchored: a rule for the mail prefix "RE:" must not eat the start of "report", and a rule for
numbers must not eat the digits of a host name.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pattern:
    """A named rule. `example` is cleaned to `leaves`; `language` is ISO 639-1, or "" for all."""

    name: str
    regex: str
    example: str
    leaves: str
    language: str = ""


_NO_WORD_BEFORE = r"(?<![\w.#/\\-])"
_NO_WORD_AFTER = r"(?![\w-])"

KEPT: tuple[Pattern, ...] = (
    Pattern(
        "error_code",
        r"\b(?:error|err|fehler|fehlercode|erreur|code|http|status|event(?:[ -]id)?|exit|rc)"
        r"(?:[ -]?code)?[ :#=-]{0,3}\d{2,6}\b(?![.,:/-]?\d)",
        "Login fails with error 1603",
        "login fails with error 1603",
    ),
    Pattern(
        "named_code",
        r"\b(?:0x[0-9a-f]{2,16}|[a-z]{2,8}-\d{3,6}(?!\d)|kb\d{6,8})\b(?!-)",
        "ORA-00942 and 0x80070005 after KB5001234",
        "ora-00942 and 0x80070005 after kb5001234",
    ),
)
"""Numbers that name a thing; looked at before the masks."""

MASKED: tuple[Pattern, ...] = (
    Pattern(
        "web", r"\bhttps?://[^\s)\]>\"']{1,400}", "see https://intra/x?id=7 first", "see first"
    ),
    Pattern(
        "mail", r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}", "ask a.b@c.org now", "ask now"
    ),
    Pattern(
        "placeholder",
        r"(?:\[|<|\{)(?:mail|e-?mail|phone|card|iban|account|token|secret|password|redacted|name|person"
        r"|user|url|ip|host)(?:[ _-][a-z]{1,12})?(?:\]|>|\})",
        "reset for [email] failed",
        "reset for failed",
    ),
    Pattern(
        "guid",
        r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b",
        "session 3f2504e0-4f89-11d3-9a0c-0305e82c3301 lost",
        "session lost",
    ),
    Pattern(
        "ticket",
        r"\b(?:inc|req|ritm|sctask|chg|prb|tkt|crq|task|pbi|wo|cs|sr)[-_ #]{0,2}\d{4,12}\b",
        "Same as INC0012345",
        "same as",
    ),
    Pattern(
        "date_time",
        _NO_WORD_BEFORE + r"\d{4}-\d{2}-\d{2}(?:[t ]\d{2}:\d{2}(?::\d{2})?(?:[.,]\d{1,9})?"
        r"(?:z|[+-]\d{2}:?\d{2})?)?" + _NO_WORD_AFTER,
        "down since 2026-08-20T10:15:00Z here",
        "down since here",
    ),
    Pattern(
        "date",
        _NO_WORD_BEFORE
        + r"(?:(?:0?[1-9]|[12]\d|3[01])[./-](?:0?[1-9]|1[0-2])|(?:0?[1-9]|1[0-2])/(?:[12]\d|3[01]))"
        r"[./-](?:\d{4}|\d{2})" + _NO_WORD_AFTER,
        "wrong since 20.08.2026 again",
        "wrong since again",
    ),
    Pattern(
        "clock",
        _NO_WORD_BEFORE + r"\d{1,2}:\d{2}(?::\d{2})?(?: ?(?:am|pm|uhr|h))?" + _NO_WORD_AFTER,
        "stopped at 10:15 Uhr",
        "stopped at",
    ),
    Pattern(
        "mac_or_ip6",
        r"(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}(?![\w:])",
        "card 00:1a:2b:3c:4d:5e offline",
        "card offline",
    ),
    Pattern(
        "ip",
        r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5}|/\d{1,2})?(?![\w.]*\w)",
        "no answer from 10.12.0.7:443",
        "no answer from",
    ),
    Pattern(
        "phone",
        r"(?<![\w.])(?:\+|00)\d(?:[ ()/.-]{0,2}\d){6,14}(?!\w)"
        r"|(?<![\w.])\(?0\d{2,5}\)?[ /-](?:[ -]?\d){5,10}(?!\w)",
        "call +44 20 7946 0958 now",
        "call now",
    ),
    Pattern(
        "number",
        _NO_WORD_BEFORE + r"#?\d+(?:[.,]\d+)*%?" + _NO_WORD_AFTER,
        "2 of 15 printers in room 204 at 98%",
        "of printers in room at",
    ),
)
"""What varies from one incident to the next and names nothing; dropped."""

_ADDRESSEE = (
    r"(?:[ ]+(?:team|all|everyone|support|helpdesk|service ?desk|it|there|colleagues|sir|madam"
    r"|zusammen|liebes|kolleg(?:en|innen)|à tous|a todos|equipo|l'équipe))*"
)

OPENINGS: tuple[Pattern, ...] = (
    Pattern(
        "mail_prefix",
        r"\A(?:(?:re|fw|fwd|aw|wg|tr|rv|antw)(?:\[\d{1,2}\])?:\s*)+",
        "RE: FW: report is empty",
        "report is empty",
    ),
    Pattern(
        "greeting_en",
        r"\A(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day))\b(?:"
        + _ADDRESSEE
        + r"\s*[,!.:;\n-]+\s*|[^\n,.!?:;]{0,30}[,!\n]\s*)",
        "Hi team, Outlook is slow",
        "outlook is slow",
        "en",
    ),
    Pattern(
        "greeting_de",
        r"\A(?:hallo|guten (?:tag|morgen|abend)|moin|servus|liebe[rs]?|sehr geehrte[r]?)\b(?:"
        + _ADDRESSEE
        + r"\s*[,!.:;\n-]+\s*|[^\n,.!?:;]{0,40}[,!\n]\s*)",
        "Sehr geehrte Damen und Herren, der Drucker steht",
        "der drucker steht",
        "de",
    ),
    Pattern(
        "greeting_fr",
        r"\A(?:bonjour|bonsoir|salut|chers? collègues|madame|monsieur)\b(?:"
        + _ADDRESSEE
        + r"\s*[,!.:;\n-]+\s*|[^\n,.!?:;]{0,30}[,!\n]\s*)",
        "Bonjour à tous, imprimante en panne",
        "imprimante en panne",
        "fr",
    ),
    Pattern(
        "greeting_es",
        r"\A(?:hola|buen(?:os|as) (?:d[ií]as|tardes|noches)|estimad[oa]s?)\b(?:"
        + _ADDRESSEE
        + r"\s*[,!.:;\n-]+\s*|[^\n,.!?:;]{0,30}[,!\n]\s*)",
        "Buenos días, no puedo entrar",
        "no puedo entrar",
        "es",
    ),
)
"""Rules at the very start of a text."""

_SIGN_END = r"(?=\s*(?:[,.!\n]|\Z))"

SIGNATURES: tuple[Pattern, ...] = (
    Pattern(
        "signature_en",
        r"(?<=[\s.!?,])(?:(?:kind|best|warm|many thanks and) )?regards"
        + _SIGN_END
        + r"[\s\S]{0,400}\Z"
        r"|(?<=[\n.!?])\s*(?:many thanks|thanks(?: a lot| in advance)?|thank you|cheers)"
        + _SIGN_END
        + r"[\s\S]{0,200}\Z|(?<=\n)sent from my \w+[\s\S]{0,100}\Z",
        "VPN drops. Kind regards, Ann Other",
        "vpn drops",
        "en",
    ),
    Pattern(
        "signature_de",
        r"(?<=[\s.!?,])(?:mit freundlichen gr(?:ü|ue)(?:ß|ss)en|(?:viele|beste|liebe) gr(?:ü|ue)"
        r"(?:ß|ss)e|mfg|vg)\b[\s\S]{0,400}\Z"
        r"|(?<=[\n.!?])\s*(?:vielen dank|danke)" + _SIGN_END + r"[\s\S]{0,200}\Z",
        "Drucker steht. Mit freundlichen Grüßen Eva",
        "drucker steht",
        "de",
    ),
    Pattern(
        "signature_fr",
        r"(?<=[\s.!?,])(?:(?:bien )?cordialement|merci d'avance)\b[\s\S]{0,400}\Z"
        r"|(?<=[\n.!?])\s*merci(?: beaucoup)?" + _SIGN_END + r"[\s\S]{0,200}\Z",
        "Imprimante en panne. Cordialement, Luc",
        "imprimante en panne",
        "fr",
    ),
    Pattern(
        "signature_es",
        r"(?<=[\s.!?,])(?:(?:un )?saludos?|atentamente)" + _SIGN_END + r"[\s\S]{0,400}\Z"
        r"|(?<=[\n.!?])\s*(?:muchas )?gracias(?: de antemano)?" + _SIGN_END + r"[\s\S]{0,200}\Z",
        "No puedo entrar. Un saludo, Eva",
        "no puedo entrar",
        "es",
    ),
)
"""From a closing formula to the end of a text."""

BOILERPLATE: tuple[Pattern, ...] = (
    Pattern(
        "plea_en",
        r"\b(?:(?:could|can) you )?(?:please|pls|kindly)"
        r"(?: (?:help|advise|assist|check|fix|investigate|look into (?:this|it)))?\b"
        r"|\b(?:very )?urgent(?:ly)?\b|\basap\b|\bas soon as possible\b|\bthanks in advance\b"
        r"|\b(?:the )?user (?:reports?|called|states|says)(?: that| and reported(?: that)?)?\b",
        "User reports that Outlook is slow, please help asap",
        "outlook is slow",
        "en",
    ),
    Pattern(
        "plea_de",
        r"\bbitte(?: (?:um|dringend|schnell))?(?: (?:hilfe|prüfung|unterstützung|prüfen|helfen))?\b"
        r"|\bdringend\b|\bschnellstmöglich\b",
        "Drucker steht, bitte um Hilfe",
        "drucker steht",
        "de",
    ),
    Pattern(
        "plea_fr",
        r"\bs'il vous pla[iî]t\b|\bsvp\b|\bmerci de (?:vérifier|m'aider|regarder)\b",
        "Imprimante en panne, merci de vérifier svp",
        "imprimante en panne",
        "fr",
    ),
    Pattern(
        "plea_es",
        r"\bpor favor\b|\burgente(?:mente)?\b|\b(?:me )?pueden ayudar(?:me)?\b",
        "No puedo entrar, por favor, urgente",
        "no puedo entrar",
        "es",
    ),
)
"""Phrases without content, wherever they stand."""

SIGNATURE_HINTS = (
    "regards",
    "thank",
    "cheers",
    "sent from",
    "freundlichen",
    "grüss",
    "grüß",
    "gruess",
    "grueß",
    "mfg",
    "vg",
    "danke",
    "dank",
    "cordialement",
    "merci",
    "saludo",
    "atentamente",
    "gracias",
)
"""A text without any of these, in lower case, has no signature: most are not searched."""
BOILERPLATE_HINTS = (
    "please",
    "pls",
    "kindly",
    "urgent",
    "asap",
    "as soon",
    "thanks in",
    "user",
    "bitte",
    "dringend",
    "schnellst",
    "s'il vous",
    "svp",
    "merci de",
    "por favor",
    "pueden",
)
"""The same for phrases without content."""

PATTERNS = (*KEPT, *MASKED, *OPENINGS, *SIGNATURES, *BOILERPLATE)
"""All rules, in order of use by group."""
