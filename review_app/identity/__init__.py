"""Who is asking, what they may do, and how they prove it.

A page's route uses three things of it: `actor` as a dependency, `needs(AppRole...)` among its
`dependencies`, and `csrf_field()` in the forms of its template. Everything else is done for it.
"""

from itsm.access import AppRole
from review_app.identity.actors import Actor, actor, needs

__all__ = ["Actor", "AppRole", "actor", "needs"]
