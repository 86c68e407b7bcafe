import re

import jsonschema
from openapi_spec_validator import validate_spec
from starlette.routing import Mount

from bot.channels.widget import api, openapi


def routes():
    mount = next(route for route in api.routes() if isinstance(route, Mount))
    return {(route.path, method) for route in mount.routes for method in route.methods - {"HEAD"}}


def test_the_document_is_valid(client):
    served = client.get("/api/v1/openapi.json").json()
    assert served == openapi.document()
    validate_spec(served)


def test_the_document_names_every_route_and_no_other():
    documented = {
        (path, method.upper())
        for path, item in openapi.document()["paths"].items()
        for method in item
    }
    assert documented == routes()


def test_every_operation_that_needs_the_token_says_so(client):
    for path, item in openapi.document()["paths"].items():
        for method, operation in item.items():
            answer = client.request(method, f"/api/v1{path}", json={})
            assert (answer.status_code == 401) == ("security" in operation), (path, method)


def test_real_events_fit_the_document(patient):
    schemas = openapi.document()["components"]["schemas"]
    patient.say("What are the risks?")
    patient.hears("assistant", "…", alert="emergency")
    for event in patient.events():
        name = "MessageEvent" if event["type"] == "message" else "TurnDoneEvent"
        jsonschema.validate(event, _json_schema(schemas[name]))


def _json_schema(node):
    """OpenAPI 3.0 says nullable where JSON Schema lists null as a type."""
    if isinstance(node, list):
        return [_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {key: _json_schema(value) for key, value in node.items() if key != "nullable"}
    if node.get("nullable"):
        made["type"] = [node["type"], "null"]
    return made


def test_error_codes_are_words():
    source = re.findall(r'code="(\w+)"', openapi.FILE.parent.joinpath("requests.py").read_text())
    assert all(re.fullmatch(r"[a-z0-9_]+", code) for code in source)
