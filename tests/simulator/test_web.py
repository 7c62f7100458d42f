import socket
from collections.abc import Mapping

import pytest
import requests

from itsm.errors import ConfigError
from simulator.web import Answer, Request, Route, Router, WebServer, json_answer


def _hello(request: Request, places: Mapping[str, str]) -> Answer:
    return json_answer({"name": places["name"], **request.parameters})


def _broken(request: Request, _: Mapping[str, str]) -> Answer:
    raise KeyError(request.path)


ROUTER = Router(
    [
        Route("GET", "/hello/{name}", _hello),
        Route("GET", "/broken", _broken),
        Route("GET", "/odd.do", lambda request, _: json_answer(request.header("X-Odd"))),
        Route("POST", "/echo", lambda request, _: Answer(201, request.body)),
        Route("DELETE", "/echo", lambda request, _: Answer(204)),
    ],
    missing=lambda _: json_answer("nothing here", 404),
    not_allowed=lambda _: json_answer("not so", 405),
)


def test_a_request_goes_where_its_path_fits() -> None:
    with WebServer(ROUTER) as web:
        assert requests.get(f"{web.url}/hello/a%20b?x=1&x=2&y=", timeout=5).json() == {
            "name": "a%20b",
            "x": "2",
            "y": "",
        }
        assert requests.get(f"{web.url}/hello/a/b", timeout=5).status_code == 404
        assert requests.get(f"{web.url}/oddxdo", timeout=5).status_code == 404
        assert requests.put(f"{web.url}/echo", timeout=5).status_code == 405
        assert requests.get(f"{web.url}/odd.do", headers={"x-odd": "7"}, timeout=5).json() == "7"
        assert requests.post(f"{web.url}/echo", data=b"\x00\xff", timeout=5).content == b"\x00\xff"
        assert requests.delete(f"{web.url}/echo", timeout=5).status_code == 204
        assert web.errors == []


def test_a_defect_is_kept_and_the_server_goes_on() -> None:
    with WebServer(ROUTER) as web:
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{web.url}/broken", timeout=5)
        assert requests.get(f"{web.url}/hello/x", timeout=5).status_code == 200
    assert [repr(error) for error in web.errors] == ["KeyError('/broken')"]


def test_a_port_is_free_again_when_the_server_is_left() -> None:
    with WebServer(ROUTER) as web, requests.Session() as session:
        port = web.port
        assert session.get(f"{web.url}/hello/x", timeout=5).status_code == 200
        with (
            pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1:{port}"),
            WebServer(ROUTER, port),
        ):
            pass
    with WebServer(ROUTER, port) as again:
        assert requests.get(f"{again.url}/hello/x", timeout=5).status_code == 200
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=5)
