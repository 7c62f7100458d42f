"""The words of the estate: how people in four languages put a symptom, an object and a condition."""

from simulator.phrases.language import (
    CONDITIONS,
    FAMILIES,
    LANGUAGES,
    OBJECTS,
    SHOWS_PARAMETER,
    Language,
)

__all__ = ["CONDITIONS", "FAMILIES", "LANGUAGES", "OBJECTS", "SHOWS_PARAMETER", "Language"]
