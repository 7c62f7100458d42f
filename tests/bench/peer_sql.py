"""Figures of a week in SQL, written straight from docs/measures.md for DuckDB."""

import duckdb
import pandas as pd

from itsm.states import RecordKind
from reports.measures.data import MeasureData

KINDS = (
    *(RecordKind.INCIDENT, RecordKind.SERVICE_REQUEST, RecordKind.HISTORY, RecordKind.COMMENT),
    *(RecordKind.SLA_CLOCK, RecordKind.VENDOR_CASE, RecordKind.CHANGE, RecordKind.SURVEY_RESPONSE),
    *(RecordKind.PROBLEM, RecordKind.KNOWN_ERROR, RecordKind.PROBLEM_TASK),
    *(RecordKind.KNOWLEDGE_ARTICLE, RecordKind.CONFIGURATION_ITEM),
)
EVENTS = """
create temp table {kind}s as
    select * from {kind} where not coalesce(is_test, false) and {only} and opened_at <= $cutoff;
create temp table {kind}_events as
with steps as (
    select record, h."at" as moment, sequence,
           case when new in ('resolved', 'closed') then 1 when new = 'canceled' then 2
                when new = 'unmapped' then -1 else 0 end as status
    from history h where record_kind = '{kind}' and field = 'state' and h."at" <= $cutoff
), told as (
    select record, moment, status,
           coalesce(lag(status) over (partition by record order by moment, sequence), 0) as was
    from steps where status >= 0
), changed as (
    select record, moment, case status when 0 then 'reopened' when 1 then 'resolved'
                                else 'canceled' end as what
    from told where (status = 0 and was <> 0) or (status > 0 and was = 0)
), last_told as (
    select record, arg_max(what, moment) as what, max(moment) as moment from changed group by record
), ends as (
    select number, opened_at, state, coalesce(resolved_at, closed_at) as ended_at from {kind}s
), fields as (
    select number as record, ended_at as moment,
           case when state = 'canceled' then 'canceled' else 'resolved' end as what
    from ends left join last_told t on t.record = number
    where ended_at <= $cutoff and state in ('resolved', 'closed', 'canceled')
      and (t.record is null or (t.what = 'reopened' and ended_at > t.moment))
)
select record, greatest(moment, opened_at) as moment, what, opened_at
from (select * from changed union all select * from fields) join {kind}s on number = record;
create temp table {kind}_fresh as
    select * from {kind}s where opened_at >= $since and opened_at < $until and number not in (
        select record from {kind}_events where moment >= $since and moment < $until
        group by record having arg_max(what, moment) = 'canceled');
"""
"""The events of incidents and of requests, and those that count as opened in the week."""

TABLES = """
create temp table done as
with followed as (
    select *, lead(what) over w as after, lead(moment) over w as after_at,
           row_number() over (partition by record, what order by moment) as nth
    from incident_events window w as (partition by record order by moment)
)
select record, moment, nth, epoch(moment - d.opened_at) / 3600 as hours,
       i.title, i.description, i.caller, i.ci, i.source,
       coalesce(after = 'reopened' and after_at <= moment + interval 14 day, false) as reopened,
       i.knowledge_article is not null as linked, i.reassignment_count as counter
from followed d join incidents i on i.number = record
where what = 'resolved' and moment >= $since and moment < $until;
create temp table cloned as
select distinct d.record, d.moment from done d join incidents i
  on i.source = d.source and i.opened_at > d.moment and i.opened_at <= d.moment + interval 14 day
 and lower(trim(regexp_replace(i.title, '\\s+', ' ', 'g')))
   = lower(trim(regexp_replace(d.title, '\\s+', ' ', 'g')))
 and lower(trim(regexp_replace(coalesce(i.description, '-'), '\\s+', ' ', 'g')))
   = lower(trim(regexp_replace(coalesce(d.description, '-'), '\\s+', ' ', 'g')))
 and (i.caller = d.caller or i.ci = d.ci);
create temp table moves as
select record, moment from (
    select record, h."at" as moment, new,
           coalesce(lag(new) over (partition by record order by h."at", sequence), old) as was
    from history h where record_kind = 'incident' and field = 'team' and new is not null)
where was <> new;
create temp table resolutions as
select d.*, d.reopened or c.record is not null as came_back, greatest(d.counter - (
        select count(*) from moves m where m.record = d.record and m.moment > d.moment), 0) as hops
from done d left join cloned c on c.record = d.record and c.moment = d.moment;
create temp table first_acted as
select number, greatest(min(moment), any_value(opened_at)) as moment,
       any_value(opened_at) as opened_at
from incidents join (
    select record, h."at" as moment, null as actor from history h
    where record_kind = 'incident' and field = 'assignee' and new is not null
      and not coalesce(is_integration, false)
    union all select record, h."at", coalesce(actor, '') from history h
    where record_kind = 'incident' and field = 'state' and new <> 'new'
      and not coalesce(is_integration, false)
    union all select record, c."at", coalesce(author, '') from comment c
    where record_kind = 'incident') on record = number
where moment <= $cutoff and (actor is null or actor <> coalesce(caller, '-')) group by number;
create temp table ended as
select number, source, opened_at, service, ci, category, close_code from incidents join (
    select record, arg_max(what, moment) as what from incident_events group by record)
  on record = number
where what <> 'reopened' and category is not null and close_code is not null;
create temp table repeats as
select number from (select number, opened_at, lag(opened_at) over (
        partition by source, service, category, close_code order by opened_at, number) as was
    from ended where service is not null) where opened_at <= was + interval 90 day
union select number from (select number, opened_at, lag(opened_at) over (
        partition by source, ci, category, close_code order by opened_at, number) as was
    from ended where ci is not null) where opened_at <= was + interval 90 day;
create temp table clocks as
select c.*, coalesce(is_breached, ended_at > due_at) as late from sla_clock c
where ended_at >= $since and ended_at < $until and not coalesce(is_canceled, false)
  and (is_breached is not null or due_at is not null)
  and (record_kind <> 'incident' or record in (select number from incidents));
create temp table cases as
select *, least(resolved_at, closed_at) as over_at from vendor_case where state <> 'canceled';
create temp table open_cases as
select * from cases where opened_at < $until and not coalesce(over_at < $until, false)
  and not (over_at is null and state in ('resolved', 'closed'));
create temp table closed_changes as
select * from change where state <> 'canceled' and closed_at >= $since and closed_at < $until;
create temp table answers as
select * from survey_response where answered_at >= $since and answered_at < $until;
create temp table articles as
select *, coalesce(updated_at, opened_at) as touched_at from knowledge_article
where not coalesce(retired_at < $until, false) and not coalesce(opened_at >= $until, false);
create temp table issues as
select *, case when least(resolved_at, closed_at) <= $cutoff then least(resolved_at, closed_at) end
       as over_at from problem where state <> 'canceled' and opened_at <= $cutoff;
"""
FIGURES = {
    "opened": "select count(*) from incident_fresh",
    "resolved": "select count(*) from resolutions",
    "reopened": "select count(*) from incident_events where what = 'reopened' and {now}",
    "backlog": "select (select count(*) from incidents where opened_at < $until) + "
    "sum(case when what = 'reopened' then 1 else -1 end) from incident_events "
    "where moment < $until",
    "resolution_time": "select median(hours) from resolutions",
    "response_time": "select median(epoch(moment - opened_at) / 3600) from first_acted where {now}",
    "fcr": "select avg((hops = 0 and nth = 1 and not came_back)::int) from resolutions",
    "reopen_rate/preliminary": "select avg(came_back::int) from resolutions",
    "reassignment_mean": "select avg(hops) from resolutions",
    "reassignment_many": "select avg((hops >= 3)::int) from resolutions",
    "knowledge_use": "select avg(linked::int) from resolutions",
    "repeat_rate_rule": "select avg((number in (select number from repeats))::int) "
    "from incident_fresh where number in (select number from ended) "
    "and (service is not null or ci is not null)",
    "cmdb_ci_missing": "select avg((ci is null)::int) from incident_fresh",
    "cmdb_ci_wrong": "select avg((not exists (select 1 from configuration_item k where not "
    "coalesce(is_retired, false) and f.ci in (k.number, k.name)))::int) from incident_fresh f "
    "where ci is not null",
    "change_incidents_stated": "select count(*) from incidents where caused_by_change is not null "
    "and opened_at >= $since and opened_at < $until",
    "sla_compliance/resolution": "select avg((not late)::int) from clocks where type = 'sla' "
    "and target = 'resolution' and record_kind = 'incident'",
    "ola_compliance/resolution": "select avg((not late)::int) from clocks where type = 'ola' "
    "and target = 'resolution'",
    "contract_compliance/response": "select avg((not late)::int) from clocks "
    "where type = 'contract' and target = 'response'",
    "contract_compliance/resolution": "select avg((not late)::int) from clocks "
    "where type = 'contract' and target = 'resolution'",
    "vendor_commitments/response": "select avg(coalesce(responded_at <= response_due_at, "
    "false)::int) from cases where response_due_at >= $since and response_due_at < $until",
    "vendor_commitments/resolution": "select avg(coalesce(resolved_at <= resolution_due_at, "
    "false)::int) from cases where resolution_due_at >= $since and resolution_due_at < $until",
    "vendor_open_cases": "select count(*) from open_cases",
    "vendor_case_age": "select median(epoch($until - opened_at) / 86400) from open_cases",
    "changes_closed": "select count(*) from closed_changes",
    "change_success": "select avg((outcome = 'successful')::int) from closed_changes "
    "where outcome <> 'unmapped'",
    "change_emergency": "select avg((type = 'emergency')::int) from closed_changes "
    "where type <> 'unmapped'",
    "csat": "select avg(score) from answers",
    "csat_satisfied": "select avg((score >= 4)::int) from answers where score is not null",
    "nps": "select 100 * avg((nps >= 9)::int - (nps <= 6)::int) from answers where nps is not null",
    "survey_response_rate": "select avg(coalesce(answered_at <= $cutoff, false)::int) "
    "from survey_response where sent_at >= $since and sent_at < $until",
    "requests_opened": "select count(*) from service_request_fresh",
    "requests_fulfilled": "select count(*) from service_request_events "
    "where what = 'resolved' and {now}",
    "request_fulfilment_time": "select median(epoch(moment - opened_at) / 3600) "
    "from service_request_events where what = 'resolved' and {now}",
    "catalogue_promise": "select avg((moment <= due_at)::int) from service_request_events "
    "join service_requests on number = record where what = 'resolved' and due_at is not null "
    "and {now}",
    "problems_opened": "select count(*) from issues where opened_at >= $since "
    "and opened_at < $until",
    "problems_resolved": "select count(*) from issues where over_at >= $since and over_at < $until",
    "problems_open": "select count(*) from issues where opened_at < $until "
    "and not coalesce(over_at < $until, false) "
    "and not (over_at is null and state in ('resolved', 'closed'))",
    "known_errors_open": "select count(*) from known_error where opened_at < $until "
    "and not coalesce(resolved_at < $until, false)",
    "knowledge_stale": "select count(*) from articles where $until - touched_at > interval 365 day",
    "knowledge_unowned": "select count(*) from articles where owner is null",
    "knowledge_unused": "select count(*) from articles where uses = 0 and number not in "
    "(select knowledge_article from incidents where knowledge_article is not null)",
}
"""What is told, by figure, and by slice where a figure has several."""
_NOW = "moment >= $since and moment < $until"


def in_sql(
    data: MeasureData, start: pd.Timestamp, end: pd.Timestamp, cutoff: pd.Timestamp
) -> dict[str, float]:
    """The figures by DuckDB, on the frames as they are."""
    connection = duckdb.connect(config={"threads": 2})
    connection.execute("set TimeZone = 'UTC'")
    for kind in KINDS:
        connection.register(kind.value, data.frames[kind])
    given = {"since": start, "until": end, "cutoff": cutoff}
    script = (
        EVENTS.format(kind="incident", only="duplicate_of is null")
        + EVENTS.format(kind="service_request", only="true")
        + TABLES
    )
    for statement in filter(str.strip, script.split(";")):
        connection.execute(statement, _used(statement, given))
    told = {}
    for name, query in FIGURES.items():
        whole = f"select ({query.format(now=_NOW)})::double"
        (value,) = connection.execute(whole, _used(whole, given)).fetchone() or (None,)
        told[name] = float("nan") if value is None else float(value)
    return told


def _used(statement: str, given: dict[str, pd.Timestamp]) -> dict[str, pd.Timestamp]:
    return {name: value for name, value in given.items() if f"${name}" in statement}
