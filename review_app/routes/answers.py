"""What routes answer: a page, or the page that says what is wrong."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import HTMLResponse

from review_app.identity.actors import Actor, actor
from review_app.pages import Pages

READ = ["GET", "HEAD"]
"""The methods of a page that only reads."""
Who = Annotated[Actor, Depends(actor)]
"""Who is asking, as a route takes it."""


def page_answer(pages: Pages, name: str, status: int = 200, /, **values: object) -> HTMLResponse:
    """A page by the name of its template."""
    return HTMLResponse(pages.page(name, **values), status_code=status)


def problem_answer(pages: Pages, status: int, title: str, text: str) -> HTMLResponse:
    """The page that says what is wrong, and what to do."""
    return HTMLResponse(pages.page("problem", title=title, text=text), status_code=status)
