"""Names, addresses and numbers of invented people; none belongs to anyone."""

FIRST = (
    "Ada", "Bruno", "Carla", "Dirk", "Elena", "Farid", "Greta", "Hugo", "Ines", "Jan", "Karim",
    "Lena", "Marc", "Nadia", "Oskar", "Paula", "Quentin", "Rosa", "Stefan", "Teresa", "Ulf", "Vera",
    "Wim", "Xenia", "Yann", "Zoe", "Aitor", "Birgit", "Cesar", "Dana", "Emil", "Flora",
)  # fmt: skip
LAST = (
    "Abel", "Bauer", "Castro", "Dubois", "Ebert", "Fontaine", "Garcia", "Huber", "Ibarra", "Jansen",
    "Keller", "Laurent", "Molina", "Neumann", "Ortega", "Petit", "Quiroga", "Richter", "Serrano",
    "Thomas", "Ulrich", "Vidal", "Wagner", "Ximenez", "Ybarra", "Zimmer", "Arnaud", "Becker",
)  # fmt: skip
DOMAIN = "corp.example.com"


def person(index: int) -> str:
    """The name of a person by number; different numbers give different names."""
    first, rest = FIRST[index % len(FIRST)], index // len(FIRST)
    last, again = LAST[rest % len(LAST)], rest // len(LAST)
    return f"{first} {last}" if again == 0 else f"{first} {last} {again + 1}"


def address(name: str) -> str:
    """The mail address of a person."""
    return f"{name.lower().replace(' ', '.')}@{DOMAIN}"


def phone(number: int) -> str:
    """A telephone number in one of three styles."""
    a, b = number % 9_000 + 1_000, number // 9_000 % 900 + 100
    return (f"+49 30 5550{b}{a % 10}", f"+44 20 7946 {a}", f"(555) {b}-{a}")[number % 3]


def card(number: int) -> str:
    """A card number with a valid check digit (Luhn), of a test range."""
    body = [4, 0, 0, 0, *(int(digit) for digit in f"{number % 10**11:011d}")]
    doubled = [sum(divmod(2 * digit, 10)) for digit in body[::2]]
    check = -(sum(doubled) + sum(body[1::2])) % 10
    text = "".join(map(str, [*body, check]))
    return " ".join(text[k : k + 4] for k in range(0, 16, 4))
