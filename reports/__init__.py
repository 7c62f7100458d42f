"""The weekly pack: from figures, candidates and register to plain data, HTML and PDF."""
