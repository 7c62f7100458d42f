"""Checks on the records of every source before they are mined, and what must not be mined at all.

`checking.check` judges the records of one kind of one source, `checking.failing` names those to set
aside, `gate.gate` says whether the run may go on, `page.render_page` shows it all, `landing` judges
single records on their way in, `privacy` redacts texts. Nothing is imported here: landing does
without pandas and Great Expectations.
"""
