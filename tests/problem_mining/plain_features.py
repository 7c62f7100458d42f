"""Features of two texts as their definitions say, by plain dictionaries."""
