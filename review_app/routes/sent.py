"""What a form or a call sent, as plain texts."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request

from itsm.register_forms import readable
from review_app.identity.csrf import FIELD

MAX_FIELDS = 300


async def _sent(request: Request) -> Mapping[str, str]:
    """The texts of a form by name; files and the token of the session are not among them."""
    form = await request.form(max_fields=MAX_FIELDS)
    return {
        name: readable(value)
        for name, value in form.items()
        if isinstance(value, str) and name != FIELD
    }


Sent = Annotated[Mapping[str, str], Depends(_sent)]
"""A parameter of a route that takes a form."""
