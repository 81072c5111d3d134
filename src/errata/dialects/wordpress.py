"""The errors of the WordPress REST API, and of plug-ins on top of it: code, text, and data with the status.

A client meets it on every call of `/wp-json`.

Deviations: no title, help, ids or resource; of a parameter one text and one code
have a place; further members travel inside `data`.
"""

from typing import Any, Final, cast

import msgspec

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind
from errata._problem import Members, Problem, Violation, path_from_text
from errata.dialects._shapes import with_members


class Detail(Wire):
    """The check that a parameter failed."""

    code: str | None = None
    message: str | None = None
    data: Any = None


class Data(Wire):
    """The status, and the parameters at fault: their texts, or only their names."""

    status: int | None = None
    params: dict[str, str] | list[str] | None = None
    details: dict[str, Detail] | None = None


class Body(Wire):
    """The code, the text, the data, and what else went wrong."""

    code: str | None = None
    message: str | None = None
    data: Data | list[Any] | str | None = None
    additional_errors: "list[Body] | None" = None


class OpenData(Data, forbid_unknown_fields=False):
    """The data with whatever members a code adds."""


class OpenBody(Wire, forbid_unknown_fields=False):
    """The error as it is written."""

    code: str | None = None
    message: str | None = None
    data: OpenData | None = None
    additional_errors: "list[OpenBody] | None" = None


# What a code means, where the status says another thing.
_KINDS: Final[dict[str | None, Kind]] = {
    "existing_user_email": "already_exists",
    "existing_user_login": "already_exists",
    "rest_not_logged_in": "unauthenticated",
    "rest_user_exists": "already_exists",
    "term_exists": "already_exists",
    "woocommerce_rest_term_exists": "already_exists",
}

_BY_KIND: Final[dict[Kind | None, str]] = {
    "already_exists": "rest_user_exists",
    "invalid_argument": "rest_invalid_param",
    "not_found": "rest_no_route",
    "permission_denied": "rest_forbidden",
    "unauthenticated": "rest_not_logged_in",
}
_INVALID: Final = "Invalid parameter."


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    problem = _problem(doc, body)
    more = body.additional_errors
    return problem.replace(problems=(problem, *[_problem(doc, each) for each in more])) if more else problem


def _problem(doc: Document, body: Body) -> Problem:
    data = body.data if isinstance(body.data, Data) else Data()
    further = {**body.extras, **data.extras}
    if body.data and body.data is not data:
        further["data"] = body.data
    fault = further.get("error")
    if isinstance(fault, dict) and "file" in fault:  # a fatal error of PHP, when debugging is on
        doc.note("debug-left-out", "the file and the line of a fatal error were left out", "data.error")
        del further["error"]
    return Problem(
        status=doc.raw.status if data.status is None else data.status,
        code=body.code or None,
        kind=_KINDS.get(body.code),
        detail=body.message or None,
        violations=_violations(data),
        extensions=Members(further),
    )


def _violations(data: Data) -> tuple[Violation, ...]:
    params, details = data.params or {}, data.details or {}
    texts = params if isinstance(params, dict) else dict.fromkeys(params)
    return tuple(
        [
            Violation(path=path_from_text(name), detail=text or None, code=details.get(name, Detail()).code or None)
            for name, text in texts.items()
        ]
    )


def _body(problem: Problem, status: int) -> Body:
    params = _params(problem)
    codes = {_name(v): v.code for v in reversed(problem.violations) if v.code}
    details = {name: Detail(codes[name], params[name] or _INVALID) for name in params if name in codes}
    bare = not codes and not any(params.values())
    texts = {name: text or _INVALID for name, text in params.items()}
    data = Data(status, (list(params) if bare else texts) or None, details or None)
    code = problem.code or _BY_KIND.get(problem.kind, "rest_error")
    return Body(code, problem.head, cast("Data", with_members(data, problem.extensions)))


def _name(violation: Violation) -> str:
    """Return the name of a parameter; one place must not become two because it was spelled in two ways."""
    return Violation(path=path_from_text(violation.dotted)).dotted


def _params(problem: Problem) -> dict[str, str]:
    """Return the texts by parameter; several about one are joined."""
    params: dict[str, str] = {}
    for violation in problem.violations:
        name = _name(violation)
        params[name] = " ".join(filter(None, (params.get(name), violation.detail)))
    return params


def _write(problem: Problem) -> bytes:
    status = problem.status or 500
    body = _body(problem, status)
    more = [_body(inner, inner.status or status) for inner in problem.problems]
    plain = [msgspec.to_builtins(each, enc_hook=str) for each in (body, *more)]
    if plain[0] in plain[1:2]:  # the first of several is the problem itself
        more = more[1:]
    return write_json(Body(body.code, body.message, body.data, more or None))


_DATA: Final = {"status": int}


def _is_code(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("rest_", "woocommerce_", "wp_"))


dialect: Final = Dialect(
    name="wordpress",
    title="WordPress REST API: code, text, and data with the status",
    source="WordPress REST API handbook, and class WP_REST_Server",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(
        Signature(members={"code": str, "message": str, "data": _DATA}, weight=5),
        Signature(members={"code": _is_code, "message": str}, weight=4),
    ),
    fields=OpenBody,
)
