"""Who is asking, what they may do, and how they prove it.

A page's route uses three things of it: `actor` as a dependency and `needs(AppRole...)` among its
`dependencies`, both of `review_app.identity.actors`, and `csrf_field()` in the forms of its
template. Everything else is done for it.
"""
