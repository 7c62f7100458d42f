"""Groups repeat incidents into problem candidates: pure, deterministic, explained."""
