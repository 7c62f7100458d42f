"""How templates of pages and mails are read: all text escaped, nothing undefined, our language."""

from collections.abc import Callable

from jinja2 import Environment, PackageLoader, StrictUndefined

from reports.language import _, n_


def environment(last_guard: Callable[[object], object]) -> Environment:
    """The templates of this room.

    Args:
        last_guard: what every value passes before it is written.
    """
    made = Environment(
        loader=PackageLoader("reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=last_guard,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"_": _, "n_": n_}
    return made
