"""Who is asking where nobody has made accounts yet: whoever is logged in to this machine."""

from starlette.requests import HTTPConnection

from review_app.identity.actors import MACHINE_USER, Known


def known_by_machine(_asked: HTTPConnection) -> Known:
    """Looks, and no more: there is no form that would be taken from them."""
    return Known(actor=MACHINE_USER)
