"""Patterns of passwords, keys and tokens."""

import re

from checks.checksums import is_random
from checks.patterns import VALUE, Pattern, Span, group, regex, shown, told


def _long(match: re.Match[str]) -> Span | None:
    return match.span() if is_random(match[0].rstrip("=")) else None


_KEY_BLOCK = (
    r"(?s)-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z)"
)
_FOR = r"(?:\s(?:for|of|für|fuer|von|pour|de|del|para)\s[^\s:=]{1,60}(?:\s[^\s:=]{1,60}){0,2})?"
_TELLS = r"""["']?\s{0,3}(?::=|=>|->|[:=])\s{0,3}"""
_SAYS = (
    r"(?:\s(?:is|was|has|been|now|set|reset|changed|to|ist|wurde|lautet|auf|est|a|été|es|ahora))"
    r"{0,4}\s{1,3}"
)
_LONG_WORDS = (
    r"(?:pass(?:wor[dt]s?|wd|phrase|code)|kennw(?:ort|örter)|contrase[ñn]a|mot\sde\spasse)"
)
_SHORT_WORDS = r"(?<![^\W_])(?:pass|pwd|psw|pw|mdp|clave|pin|puk)(?![^\W\d_])"
_PASS = rf"(?<!<)(?:{_LONG_WORDS}|{_SHORT_WORDS})\w{{0,12}}(?:\s?\([^)\n]{{1,20}}\))?"
_KEY = (
    r"(?<!<)(?:api[-_ ]?key|access[-_ ]?key|secret[-_ ]?key|account[-_ ]?key|auth[-_ ]?key"
    r"|client[-_ ]?secret|token|secret|geheimnis|jeton|session[-_ ]?id|authorization|signature)"
    r"\w{0,12}"
)
_FAMILIES = r"""
    (?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16} | gh[pousr]_[A-Za-z0-9]{20,255} | github_pat_\w{20,255}
    | glpat-[\w-]{20,255} | xox[abeoprs]-[\w-]{10,255} | xapp-[\w-]{10,255} | AIza[\w-]{35}
    | [srp]k_(?:live|test)_\w{16,255} | npm_[A-Za-z0-9]{36} | sk-[\w-]{20,255}
    | SG\.[\w-]{16,255}\.[\w-]{16,255} | ya29\.[\w-]{20,2000} | hvs\.[\w-]{24,255}
    | dop_v1_[a-f0-9]{64} | eyJ[\w-]{5,4000}\.[\w-]{5,16000}(?:\.[\w-]{0,4000})?
"""

CREDENTIALS: tuple[Pattern, ...] = (
    Pattern(
        "token",
        "private key",
        regex(_KEY_BLOCK, re.NOFLAG),
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----",
        "MIIEow",
        "-----BEGIN",
    ),
    Pattern(
        "password",
        "password in an address",
        regex(r"(?<=://)[^\s/:@]{0,256}:([^\s/@]{1,256})(?=@)"),
        "ftp://batch:s3cret@files.example.com/in",
        "s3cret",
        "://",
        group,
    ),
    Pattern(
        "password",
        "password told",
        regex(_PASS + _FOR + _TELLS + VALUE),
        "Passwort für jdoe: Sommer2024!",
        "Sommer2024!",
        secret=told,
    ),
    Pattern(
        "password",
        "password shown",
        regex(_PASS + _SAYS + VALUE),
        "his new password is Winter-24",
        "Winter-24",
        secret=shown,
    ),
    Pattern(
        "token",
        "bearer token",
        regex(r"(?<!\w)bearer\s{1,3}(?P<bare>[\w.~+/=-]{8,8000}+)"),
        "Authorization: Bearer 1f9Xk20aQw",
        "1f9Xk20aQw",
        secret=shown,
    ),
    Pattern(
        "token",
        "basic credentials",
        regex(
            r"(?<!\w)(?i:basic)\s{1,3}(?=[A-Za-z+/]*[\d=])([A-Za-z0-9+/]{12,2000}+={0,2})",
            re.NOFLAG,
        ),
        "header was Basic YWxhZGRpbjpvcGVuc2VzYW1l",
        "YWxhZGRpbjpvcGVuc2VzYW1l",
        secret=group,
    ),
    Pattern(
        "token",
        "key told",
        regex(_KEY + _TELLS + VALUE),
        "api_key=zq81-lmn7-22",
        "zq81-lmn7-22",
        secret=shown,
    ),
    Pattern(
        "token",
        "key of a known family",
        regex(rf"(?<![A-Za-z0-9])(?:{_FAMILIES})", re.VERBOSE),
        "used AKIAIOSFODNN7EXAMPLE by mistake",
        "AKIAIOSFODNN7EXAMPLE",
    ),
    Pattern(
        "token",
        "long random run",
        regex(r"(?<![A-Za-z0-9])[A-Za-z0-9]{32,}+"),
        "key 9f86d081884c7d659a2feaa0c55ad015 leaked",
        "9f86d081884c7d659a2feaa0c55ad015",
        secret=_long,
    ),
    Pattern(
        "token",
        "long random run with signs",
        regex(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{32,}+={0,2}"),
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYz9Xq2Lm4Tk",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYz9Xq2Lm4Tk",
        secret=_long,
    ),
)
"""Applied in this order: what may contain others comes first."""
