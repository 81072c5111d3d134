from __future__ import annotations

from conftest import Loopback, json_answer
from zoomus import ZoomClient

from errata import Problem, Violation, render


def test_number_text_and_fields(server: Loopback) -> None:
    """The client hands the failure on: status, number, text, fields, and the hint."""
    faults = (Violation(path=("topic",), detail="is blank"),)
    problem = Problem(status=429, code="300", detail="One fault.", violations=faults, retry_after=7)
    server.answers(json_answer(b'{"access_token":"t1"}'), render(problem, "zoom"))
    client = ZoomClient("c1", "s1", "a1", base_uri=server.url, oauth_uri=f"{server.url}/token")
    response = client.user.list()
    assert (429, "7") == (response.status_code, response.headers["retry-after"])
    assert {
        "code": 300,
        "message": "One fault.",
        "errors": [{"field": "topic", "message": "is blank"}],
    } == response.json()
