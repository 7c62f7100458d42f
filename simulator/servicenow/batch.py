"""The Batch API: several requests in one."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import responses

import orjson

from simulator.servicenow.answers import failure
from simulator.web import Answer, Application, Request, json_answer


@dataclass(frozen=True, slots=True)
class BatchApi:
    """Handlers of `/api/now/batch`; `application` answers the requests inside."""

    application: Application

    def serve(self, request: Request, _: Mapping[str, str]) -> Answer:
        """`POST batch`: every answer with its status, the bodies in base64."""
        try:
            asked = orjson.loads(request.body)
            inner = [(one["id"], _inner(request, one)) for one in asked["rest_requests"]]
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return failure(400, "Exception while reading request", "The batch cannot be read.")
        served = [_told(key, self.application(one)) for key, one in inner]
        told = {
            "batch_request_id": str(asked.get("batch_request_id", "")),
            "serviced_requests": served,
            "unserviced_requests": [],
        }
        return json_answer(told)


def _inner(outer: Request, one: Mapping[str, object]) -> Request:
    headers = dict(outer.headers)
    listed = one.get("headers") or []
    for header in listed if isinstance(listed, list) else []:
        headers[str(header["name"]).lower()] = str(header["value"])
    body = base64.b64decode(str(one.get("body") or ""))
    return Request(str(one["method"]).upper(), str(one["url"]), headers, body, outer.base)


def _told(key: object, answer: Answer) -> dict[str, object]:
    headers = [("Content-Type", answer.content_type), *answer.headers]
    return {
        "id": key,
        "body": base64.b64encode(answer.body).decode(),
        "status_code": answer.status,
        "status_text": responses.get(answer.status, ""),
        "headers": [{"name": name, "value": value} for name, value in headers],
        "execution_time": 1,
        "redirect_url": None,
    }
