"""Documents to be described, and what is asked of them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import validate
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012


def document(version: str = "3.1.0", **parts: Any) -> dict[str, Any]:
    """Return a document with an operation that takes no body and one that takes one."""
    number = {"name": "number", "in": "path", "required": True, "schema": {"type": "integer"}}
    body = {"content": {"application/json": {"schema": {"type": "object"}}}}
    done = {"200": {"description": "Done"}}
    return {
        "openapi": version,
        "info": {"title": "Shop", "version": "1"},
        "paths": {
            "/health": {"get": {"responses": dict(done)}},
            "/orders": {
                "post": {
                    "operationId": "createOrder",
                    "requestBody": body,
                    "security": [{"bearer": []}],
                    "responses": dict(done),
                }
            },
            "/orders/{number}": {"get": {"operationId": "getOrder", "parameters": [number], "responses": dict(done)}},
        },
        "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
        **parts,
    }


def resolved(whole: Mapping[str, Any], part: Any) -> Any:
    """Return a part of a document, or what it refers to."""
    while isinstance(part, Mapping) and "$ref" in part:
        found: Any = whole
        for segment in part["$ref"].removeprefix("#/").split("/"):
            found = found[segment]
        part = found
    return part


def response(whole: Mapping[str, Any], operation: str, status: int | str) -> Any:
    """Return the response of an operation, `GET /orders`, for a status."""
    method, _, path = operation.partition(" ")
    return resolved(whole, whole["paths"][path][method.lower()]["responses"][str(status)])


def statuses(whole: Mapping[str, Any], operation: str) -> list[int]:
    """Return the statuses of errors that an operation describes, in order."""
    method, _, path = operation.partition(" ")
    found = whole["paths"][path][method.lower()]["responses"]
    return sorted(int(status) for status in found if status >= "4")


def examples(whole: Mapping[str, Any]) -> Iterator[tuple[str, str, Any, Any]]:
    """Yield name, media type, schema and value of each example in the components."""
    for name, each in whole["components"].get("responses", {}).items():
        for media, content in each.get("content", {}).items():
            for example in content.get("examples", {}).values():
                yield name, media, content["schema"], example["value"]


def validator(whole: Mapping[str, Any], schema: Any) -> Validator:
    """Return what tells whether a value fits a schema of a document."""
    resource = Resource.from_contents(json.loads(json.dumps(whole)), default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource("urn:whole", resource)
    led = json.loads(json.dumps(schema).replace('"#/', '"urn:whole#/'))
    if str(whole["openapi"]).startswith("3.0"):
        older: Validator = OAS30Validator(led, registry=registry)
        return older
    return Draft202012Validator(led, registry=registry)


def check(whole: Mapping[str, Any]) -> None:
    """Check that a document is valid OpenAPI, and that its examples fit its schemas."""
    validate(json.loads(json.dumps(whole)))
    for name, media, schema, value in examples(whole):
        faults = [fault.message for fault in validator(whole, schema).iter_errors(value)]
        assert [] == faults, (name, media, value)
