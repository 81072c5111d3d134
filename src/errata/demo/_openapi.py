"""What the OpenAPI document of an API says about its errors, taken from its contract."""

from typing import Any, Final

import msgspec
from fastapi import FastAPI

from errata import Contract, Error

_REF: Final = "#/components/schemas/Error{name}"


def responses(contract: Contract, *classes: type[Error]) -> dict[int | str, dict[str, Any]]:
    """Return the answers that some error classes give, for FastAPI's `responses=`: one for each status."""
    dialect = contract.own_dialect
    schema = {"$ref": _REF.format(name=dialect.fields.__name__)} if dialect.fields else {}
    content = {media: {"schema": schema if "json" in media else {}} for media in dialect.media_types}
    rows: dict[int | str, dict[str, Any]] = {}
    for cls in classes:
        row = rows.setdefault(cls.problem_type.status, {"description": "", "content": content})
        row["description"] += _line(cls)
    return rows


def _line(cls: type[Error]) -> str:
    first = cls.problem_type.docs.partition("\n")[0]
    code = f"`{cls.problem_type.code}` " if cls.problem_type.code else ""
    return f"- {code}{first or cls.problem_type.title}\n"


def describe(app: FastAPI, contract: Contract) -> FastAPI:
    """Make the OpenAPI document of an application name the wire types of the contract; returns the application.

    FastAPI announces its own answer to a failed validation, which is not the one
    that is sent: it is taken out.
    """
    make = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = make()
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            schemas.update(_wire_types(contract))
            for path in document["paths"].values():
                for operation in path.values():
                    _drop_announced(operation["responses"])
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]
    return app


def _wire_types(contract: Contract) -> dict[str, Any]:
    fields = contract.own_dialect.fields
    if fields is None:
        return {}
    _, types = msgspec.json.schema_components([fields], ref_template=_REF)
    return {f"Error{name}": schema for name, schema in types.items()}


def _drop_announced(announced: dict[str, Any]) -> None:
    answer = announced.get("422", {}).get("content", {}).get("application/json", {}).get("schema", {})
    if answer.get("$ref", "").endswith("/HTTPValidationError"):
        del announced["422"]
