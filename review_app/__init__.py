"""The review pages: the queue of problem candidates and one page per candidate, read only."""
