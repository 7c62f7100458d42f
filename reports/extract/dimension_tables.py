"""The dimensions of the extract, as data.

Every dimension has a member with key 0 for "not given", so that no fact is lost in a join.
"""

from reports.extract.schema import (
    ExtractColumn,
    ExtractTable,
    date,
    flag,
    integer,
    key_to,
    number,
    own_key,
    text,
    time,
)


def _dimension(name: str, title: str, description: str, *columns: ExtractColumn) -> ExtractTable:
    key = f"{name}_key"
    return ExtractTable(
        name=f"dim_{name}",
        title=title,
        description=description,
        columns=(own_key(key), *columns),
        key=(key,),
    )


DATE = _dimension(
    "date",
    "Days",
    "One row per local day of the reporting time zone: whole years from the first record to the "
    "last, and every other day that a fact names.",
    date("date", "The day."),
    integer("year", "Calendar year."),
    integer("quarter", "Calendar quarter, 1 to 4."),
    integer("month", "Calendar month, 1 to 12."),
    integer("day", "Day of the month."),
    integer("weekday", "1 is Monday, 7 is Sunday."),
    flag("is_weekend", "Whether it is a Saturday or a Sunday."),
    key_to("week", "The ISO week it lies in."),
)
WEEK = _dimension(
    "week",
    "ISO weeks",
    "One row per reporting week: Monday 00:00 up to, not including, the next Monday 00:00 in the "
    "reporting time zone, so that a week with a clock change has 167 or 169 hours.",
    text("week", "The label, such as 2026-W34; the packs use the same.", is_required=True),
    integer("year", "ISO year."),
    integer("week_number", "ISO week, 1 to 53."),
    date("monday", "The first day."),
    time("start_at", "The first instant."),
    time("end_at", "The first instant after it."),
    number("hours", "How long it is."),
)
SOURCE = _dimension(
    "source",
    "Sources",
    "The ITSM installations the records come from.",
    text("source", "The name in the configuration."),
    text("system", "Which product it is."),
)
SERVICE = _dimension(
    "service",
    "Services",
    "Services as records name them, with what their source tells of them.",
    text("service", "The name; what a pack calls it, too."),
    integer("criticality", "1 is the highest."),
    integer("users", "How many people use it."),
)
TEAM = _dimension(
    "team",
    "Teams",
    "Support teams. Never persons.",
    text("team", "The name."),
    integer("line", "1 is the service desk."),
    flag("is_small", "Fewer than 5 people: its hand-offs tell no waits. Null: size not known."),
)
CI = _dimension(
    "ci",
    "Configuration items",
    "The components that records name.",
    text("ci", "The number or name."),
    text("ci_class", "What kind of component it is, in the source's words."),
    key_to("service", "The service it delivers."),
    flag("is_retired", "Whether it is out of use."),
)
CATEGORY = _dimension(
    "category",
    "Categories",
    "Category and subcategory as records have them.",
    text("category", "The category."),
    text("subcategory", "The subcategory."),
)
VENDOR = _dimension(
    "vendor",
    "Vendors",
    "Third parties that support the services.",
    text("vendor", "The name."),
)
PRIORITY = _dimension(
    "priority",
    "Priorities",
    "Priorities; the key is the priority itself.",
    text("priority", "P1 is the most urgent."),
)
STATE = _dimension(
    "state",
    "States",
    "States of each kind of record, in the words of this product.",
    text("record_kind", "Which kind of record."),
    text("state", "The state; unmapped where nobody has explained the source's code."),
    flag("is_open", "Whether it still asks for work; null where that cannot be told."),
)
CHANNEL = _dimension(
    "channel", "Channels", "How records came in.", text("channel", "In the source's words.")
)
LOCATION = _dimension(
    "location", "Locations", "Where callers are.", text("location", "In the source's words.")
)
CLOSE_CODE = _dimension(
    "close_code",
    "Close codes",
    "How incidents were closed.",
    text("close_code", "In the source's words."),
)
CANDIDATE = _dimension(
    "candidate",
    "Problem candidates",
    "Groups of incidents that look like repeats of one cause. Their statements are made of ticket "
    "text and are not in the extract: open the candidate in the review app by its id.",
    text("candidate", "The id, the same from week to week."),
    time("first_seen_at", "Opening of its first incident."),
    time("last_seen_at", "Opening of its newest incident, as last mined."),
    key_to("service", "The commonest service of its incidents."),
    key_to("category", "The commonest category of its incidents."),
)
FIGURE = _dimension(
    "figure",
    "Figures",
    "What each figure of a pack means: one definition, the same everywhere.",
    text("figure", "The id."),
    text("title", "The title."),
    text("family", "What it is about."),
    text("unit", "What its values count; a share runs from 0 to 1."),
    text("direction", "Which way is good: up, down or neither."),
    text("formula", "How it is computed."),
    text("denominator", "What it is a part or a mean of."),
    text("exclusions", "What is left out."),
    text("decision", "The decision it is there for."),
    text("partner", "The figure that is read beside it."),
    integer("formula_version", "The version of the formula as it is today."),
    flag("is_in_pack", "Whether the weekly pack shows it."),
)
SLICE = _dimension(
    "slice",
    "Slices of figures",
    "What a value of a figure is cut by; key 0 is the whole.",
    text("slice", "All of it in words, such as priority=1; target=resolution."),
    text("dimension_1", "What it is cut by."),
    text("value_1", "Which part."),
    text("dimension_2", "What it is cut by beside that."),
    text("value_2", "Which part."),
    text("parts", "All of it as a JSON list, cut and part in turn."),
)

DIMENSIONS = (
    DATE,
    WEEK,
    SOURCE,
    SERVICE,
    TEAM,
    CI,
    CATEGORY,
    VENDOR,
    PRIORITY,
    STATE,
    CHANNEL,
    LOCATION,
    CLOSE_CODE,
    CANDIDATE,
    FIGURE,
    SLICE,
)
"""Every dimension; a dimension is before those that refer to it, days apart."""
