"""A pack as an Excel workbook: the brief, a sheet per section, and a sheet of records per figure.

`book.render_workbook` makes it; `plan` decides which sheets there are and where records stand,
`cells` writes texts, numbers and links, `styles` says how they look.
"""
