"""`make demo-story`: half a year of a practice estate, lived week by week."""
