"""The five systems against their own OpenAPI documents, with requests that schemathesis makes up."""

import logging
from typing import Any

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.applications import Starlette

from errata.demo._app import SYSTEMS, System
from errata.demo._world import World

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
# The same requests in every run, and few of them.
FEW = settings(
    max_examples=15,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


def headers_of(system: System) -> dict[str, str]:
    """Return the header fields of the first credentials that a system names."""
    return dict(line.split(": ", 1) for line in system.credentials[0][1].splitlines())


def document_of(system: System, app: Starlette) -> Any:
    """Return the OpenAPI document of a system where it is mounted."""
    return schemathesis.openapi.from_asgi(f"{system.mount}/openapi.json", app)


def has_declared_members_only(system: System, response: Any) -> bool:
    """Tell whether a JSON body of an error fits the wire type of its system, which documents leave open to more."""
    if response.status_code < 400 or "json" not in response.headers["content-type"][0]:
        return True
    try:
        msgspec.json.decode(response.content, type=system.contract.own_dialect.fields)
    except msgspec.ValidationError:
        return False
    return True


def statuses_of(system: System, operation: Any, mode: GenerationMode, headers: dict[str, str]) -> set[int]:
    """Send some requests, check each answer against the document, and return the statuses seen."""
    seen: set[int] = set()

    @given(case=operation.as_strategy(generation_mode=mode))
    @FEW
    def send(case: Any) -> None:
        response = case.call(headers=headers)
        seen.add(response.status_code)
        case.validate_response(response, checks=CHECKS, headers=headers)
        assert has_declared_members_only(system, response), response.content

    send()
    return seen


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_answers_are_those_announced(
    system: System, app: Starlette, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Good and bad requests get only statuses, media types and shapes that the document has, and never a 500."""
    caplog.set_level(logging.CRITICAL)
    document, headers = document_of(system, app), headers_of(system)
    document.validate()
    operations = [result.ok() for result in document.get_all_operations()]
    assert len(operations) > 3
    seen: set[int] = set()
    for operation in operations:
        world.reset()
        seen |= statuses_of(system, operation, GenerationMode.POSITIVE, headers)
        if operation.body or list(operation.path_parameters) or list(operation.query):  # else nothing can be wrong
            seen |= statuses_of(system, operation, GenerationMode.NEGATIVE, headers)
    # Otherwise the requests never got past the login, or were all good.
    assert seen & {200, 201}
    assert seen & {400, 422}
