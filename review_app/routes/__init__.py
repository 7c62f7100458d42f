"""One module per group of pages: `router(parts, pages)` gives the addresses and what they answer.

Every route says with `needs(AppRole...)` or `open_to_all()` who may use it. Routes only translate
between HTTP and plain values; what a page says is in `review_app.views`.
"""
