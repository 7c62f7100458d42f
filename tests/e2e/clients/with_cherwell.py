"""Reads, searches, saves, links and deletes on a Cherwell CSM with cherwell_pydantic_api.

Its models are made of the vendor's own swagger, so that an answer of another shape is an error.
"""

import asyncio
import json
import sys
from importlib import import_module
from typing import Annotated, Any

import cherwell_pydantic_api.types as checked
from pydantic import AfterValidator

_MODELS = "cherwell_pydantic_api._generated.api.models.Trebuchet.WebApi.DataContracts"


def _repair() -> None:
    """Let the client's checks of ids work: pydantic knows them before Python 3.10 only."""
    for name, check in list(vars(checked).items()):
        if hasattr(check, "__supertype__") and not isinstance(check, type):
            setattr(checked, name, Annotated[check.__supertype__, AfterValidator(check)])


_repair()
BusinessObject = import_module(f"{_MODELS}.BusinessObject")
Searches = import_module(f"{_MODELS}.Searches")
Instance = import_module("cherwell_pydantic_api.instance").Instance
InstanceSettings = import_module("cherwell_pydantic_api.settings").InstanceSettings


async def searched(
    instance: Any,
    schema: Any,
    filters: Any = (),
    size: int = 200,
    page: int = 1,
    order: str = "RecID",
) -> Any:
    """One page of an ad-hoc search."""
    ids = {one.name: one.fieldId for one in schema.fieldDefinitions}
    request = Searches.SearchResultsRequest(
        busObId=schema.busObId,
        includeAllFields=True,
        filters=[
            Searches.FilterInfo(fieldId=ids[name], operator=operator, value=value)
            for name, operator, value in filters
        ],
        sorting=[Searches.SortInfo(fieldId=ids[order], sortDirection=1)],
        pageNumber=page,
        pageSize=size,
    )
    return await instance.connection.GetSearchResultsAdHocV1(dataRequest=request)


def fields_of(record: Any) -> dict[str, str]:
    """The fields of a record by name."""
    return {one.name: one.value for one in record.fields}


def saving(schema: Any, values: dict[str, str], rec_id: str = "") -> Any:
    """A request to save a record."""
    ids = {one.name: one.fieldId for one in schema.fieldDefinitions}
    fields = [
        BusinessObject.FieldTemplateItem(dirty=True, fieldId=ids[name], name=name, value=value)
        for name, value in values.items()
    ]
    given = {"busObId": schema.busObId, "fields": fields, "persist": True}
    if rec_id:
        given["busObRecId"] = rec_id
    return BusinessObject.SaveRequest(**given)


async def told(given: dict[str, str]) -> dict[str, Any]:
    """What was found and done."""
    settings = InstanceSettings(
        name="practice",
        base_url=given["url"],
        client_id=given["client_id"],
        username=given["user"],
        password=given["password"],
        timeout=60,
    )
    instance = Instance.use("practice", instance_settings=settings)
    await instance.authenticate()
    api = instance.connection
    out: dict[str, Any] = {"missing": await instance.get_busobid("Nothing")}
    summaries = await instance.get_bo_summaries("All")
    out["all"] = sorted(one.name for one in summaries)
    schema = await instance.get_bo_schema(busobname="Incident")
    problems = await instance.get_bo_schema(busobname="Problem")
    rows, page = [], 1
    while True:
        answer = await searched(instance, schema, page=page)
        if not answer.businessObjects:
            break
        rows += answer.businessObjects
        page += 1
    out["search"] = {"rows": len({one.busObRecId for one in rows}), "total": answer.totalRows}
    out["majors"] = sorted(one.name for one in await instance.get_bo_summaries("Major"))
    one = await instance.get_bo(schema.busObId, publicid="7")
    out["one"] = fields_of(one)
    out["by_id"] = fields_of(await instance.get_bo(schema.busObId, busobrecid=one.busObRecId))
    newest = await searched(instance, schema, order="LastModDateTime", size=1, page=len(rows))
    last = fields_of(newest.businessObjects[0])["LastModDateTime"]
    at = await searched(instance, schema, [("LastModDateTime", "eq", last)])
    after = await searched(instance, schema, [("LastModDateTime", "gt", last)])
    out["newest"] = [at.totalRows, after.totalRows]
    template = await api.GetBusinessObjectTemplateV1(
        request=BusinessObject.TemplateRequest(busObId=problems.busObId, includeAll=True)
    )
    out["template"] = sorted(one.name for one in template.fields)
    values = {"ShortDescription": "VPN drops", "Description": "Found in 14 incidents"}
    saved = await api.SaveBusinessObjectV1(request=saving(problems, values))
    changed = saving(problems, {"ShortDescription": "VPN drops daily"}, saved.busObRecId)
    again = await api.SaveBusinessObjectV1(request=changed)
    out["saved"] = [saved.hasError, again.hasError, saved.busObRecId == again.busObRecId]
    read = await instance.get_bo(problems.busObId, busobrecid=saved.busObRecId)
    out["title"] = fields_of(read)["ShortDescription"]
    relation = next(
        one.relationshipId
        for one in problems.relationships
        if one.displayName == "Problem Links Incidents"
    )
    await api.LinkRelatedBusinessObjectByRecIdV1(
        parentbusobid=problems.busObId,
        parentbusobrecid=saved.busObRecId,
        relationshipid=relation,
        busobid=schema.busObId,
        busobrecid=one.busObRecId,
    )
    linked = fields_of(await instance.get_bo(schema.busObId, publicid="7"))
    out["linked"] = linked["ProblemID"] == saved.busObPublicId
    gone = await api.DeleteBusinessObjectByRecIdV1(
        busobid=problems.busObId, busobrecid=saved.busObRecId
    )
    out["deleted"] = gone.hasError
    await instance.logout()
    try:
        await instance.get_bo_summaries("Major")
        out["after_logout"] = "answered"
    except Exception as error:  # whatever the client makes of a 401
        out["after_logout"] = type(error).__name__
    return out


json.dump(asyncio.run(told(json.load(sys.stdin))), sys.stdout)
