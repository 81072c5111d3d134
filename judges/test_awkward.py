"""No client stumbles over what errata writes of an awkward problem: it raises its own error, with the status."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import anthropic
import cloudflare
import docker
import elasticsearch
import facebook_business.api
import facebook_business.exceptions
import facebook_business.session
import github
import gitlab
import google.api_core.exceptions
import hubspot
import hubspot.crm.contacts
import jira
import keystoneauth1.exceptions
import keystoneauth1.session
import kubernetes.client
import mlflow.exceptions
import mlflow.utils.rest_utils
import openai
import postgrest
import pytest
import requests
import simple_salesforce.exceptions
import slack_sdk
import square
import square.core.api_error
import stripe
import tweepy
import twilio.base.exceptions
import twilio.http.http_client
import twilio.rest
from azure.core import PipelineClient
from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest
from botocore.exceptions import ClientError
from conftest import Detour, Loopback
from test_botocore import EC2, JSON_10, QUERY, REST_JSON, make_client

from errata import Problem, Resource, Violation

AWKWARD = {
    "nothing": Problem(status=400),
    "odd characters": Problem(
        status=418, code="Bett belegt!", detail='Das Beet № 9\nist <belegt> & "voll" \\ 100%\x00 \U0001f331 ]]>.'
    ),
    "odd places": Problem(
        status=422,
        violations=(
            Violation(),
            Violation(path=(0, "a b", "c/d~e.f", ""), code="x y"),
            Violation(path=("x-bed",), location="header", detail=""),
            Violation(path=("x-bed",), detail="twice"),
        ),
    ),
    "long and odd ids": Problem(
        status=403, code="é" * 300, title="t" * 5000, detail="d" * 5000, trace_id="r\r\nx-evil: 1", help="x y"
    ),
    "inner and further": Problem(
        status=503,
        problems=(Problem(status=404, code="A", detail="a"), Problem(status=409)),
        resource=Resource(None, "9"),
        extensions={
            "list": [1, {"a": None}], "big": 2**70, "message": 1, "error": "no", "errors": "no", "status": "no",
            "code": [], "details": 7, "type": {}, "metadata": 3,
        },
    ),
}  # fmt: skip


class Judge(NamedTuple):
    """A client: the dialect it reads, a call, the error it raises, and where that has the status."""

    dialect: str
    call: Callable[[Loopback], object]
    error: type[Exception]
    status: Callable[[Any], int]


def _detoured(server: Loopback, session: requests.Session) -> requests.Session:
    session.mount("https://", Detour(server))
    return session


def _azure(server: Loopback) -> None:
    PipelineClient(server.url, policies=[]).send_request(HttpRequest("GET", server.url)).raise_for_status()


def _botocore(call: tuple[str, str, dict[str, Any], str]) -> Callable[[Loopback], object]:
    return lambda server: getattr(make_client(server, call[0]), call[1])(**call[2])


def _docker(server: Loopback) -> None:
    docker.APIClient(base_url=server.url, version="1.44").inspect_container("bed")


def _facebook(server: Loopback) -> None:
    session = facebook_business.session.FacebookSession(access_token="t1")
    _detoured(server, session.requests)
    facebook_business.api.FacebookAdsApi(session).call("GET", ("me",))


def _github(server: Loopback) -> None:
    github.Github(auth=github.Auth.Token("t1"), base_url=server.url, retry=None).get_repo("a/b")


def _google(server: Loopback) -> None:
    raise google.api_core.exceptions.from_http_response(requests.get(server.url, timeout=5))


def _kubernetes(server: Loopback) -> None:
    core = kubernetes.client.CoreV1Api(kubernetes.client.ApiClient(kubernetes.client.Configuration(host=server.url)))
    core.read_namespaced_pod("bed-9", "orchard")


def _code_of_status(error: kubernetes.client.ApiException) -> int:
    status = kubernetes.client.ApiClient().deserialize(error.body, "V1Status", "application/json")
    return int(status.code)


def _mlflow(server: Loopback) -> None:
    mlflow.utils.rest_utils.verify_rest_response(requests.get(server.url, timeout=5), "/api/2.0/mlflow/runs/get")


def _salesforce(server: Loopback) -> None:
    session = _detoured(server, requests.Session())
    simple_salesforce.Salesforce(session_id="s1", instance_url="https://bed.example", session=session).Bed__c.get("1")


def _stripe(server: Loopback) -> None:
    http = stripe.RequestsClient()
    client = stripe.StripeClient("k1", base_addresses={"api": server.url}, max_network_retries=0, http_client=http)
    client.v1.charges.retrieve("ch_1")


def _tweepy(server: Loopback) -> None:
    client = tweepy.Client(bearer_token="t1")
    _detoured(server, client.session)
    client.get_tweet("1")


def _twilio(server: Loopback) -> None:
    http = twilio.http.http_client.TwilioHttpClient()
    _detoured(server, http.session)
    twilio.rest.Client("AC1", "t1", http_client=http).messages("SM1").fetch()


def _cloudflare(server: Loopback) -> None:
    cloudflare.Cloudflare(api_token="t1", base_url=server.url, max_retries=0).zones.get(zone_id="z1")


def _square(server: Loopback) -> None:
    square.Square(base_url=server.url, token="t1").payments.get("p1", request_options={"max_retries": 0})


_AWS_STATUS: Callable[[Any], int] = lambda e: e.response["ResponseMetadata"]["HTTPStatusCode"]  # noqa: E731

JUDGES = {
    "anthropic": Judge(
        "anthropic",
        lambda s: anthropic.Anthropic(api_key="k", base_url=s.url, max_retries=0).models.retrieve("m"),
        anthropic.APIStatusError,
        lambda e: e.status_code,
    ),
    "azure-core": Judge("odata", _azure, HttpResponseError, lambda e: e.status_code),
    "botocore-ec2": Judge("aws-ec2", _botocore(EC2), ClientError, _AWS_STATUS),
    "botocore-json": Judge("aws-json", _botocore(JSON_10), ClientError, _AWS_STATUS),
    "botocore-query": Judge("aws-query", _botocore(QUERY), ClientError, _AWS_STATUS),
    "botocore-rest-json": Judge("aws-restjson", _botocore(REST_JSON), ClientError, _AWS_STATUS),
    "cloudflare": Judge("cloudflare", _cloudflare, cloudflare.APIStatusError, lambda e: e.status_code),
    "docker": Judge("docker", _docker, docker.errors.APIError, lambda e: e.status_code),
    "elasticsearch": Judge(
        "elasticsearch",
        lambda s: elasticsearch.Elasticsearch(s.url, max_retries=0).indices.get(index="beds"),
        elasticsearch.ApiError,
        lambda e: (str(e), e.status_code)[1],
    ),
    "facebook": Judge(
        "facebook", _facebook, facebook_business.exceptions.FacebookRequestError, lambda e: e.http_status()
    ),
    "github": Judge("github", _github, github.GithubException, lambda e: e.status),
    "gitlab": Judge(
        "gitlab",
        lambda s: gitlab.Gitlab(s.url).http_get("/projects/1"),
        gitlab.GitlabError,
        lambda e: (str(e), e.response_code)[1],
    ),
    "google": Judge("google", _google, google.api_core.exceptions.GoogleAPICallError, lambda e: e.code),
    "hubspot": Judge(
        "hubspot",
        lambda s: hubspot.HubSpot(access_token="t", host=s.url, retry=False).crm.contacts.basic_api.get_by_id("1"),
        hubspot.crm.contacts.ApiException,
        lambda e: e.status,
    ),
    "jira": Judge(
        "jira",
        lambda s: jira.JIRA(s.url, get_server_info=False, max_retries=0).issue("BED-1"),
        jira.JIRAError,
        lambda e: e.status_code,
    ),
    "keystone": Judge(
        "keystone",
        lambda s: keystoneauth1.session.Session().get(s.url),
        keystoneauth1.exceptions.HttpError,
        lambda e: e.http_status,
    ),
    "kubernetes": Judge("kubernetes", _kubernetes, kubernetes.client.ApiException, _code_of_status),
    "mlflow": Judge("mlflow", _mlflow, mlflow.exceptions.RestException, lambda _: 0),
    "openai": Judge(
        "openai",
        lambda s: openai.OpenAI(api_key="k", base_url=s.url, max_retries=0).models.retrieve("m"),
        openai.APIStatusError,
        lambda e: e.status_code,
    ),
    "postgrest": Judge(
        "postgrest",
        lambda s: postgrest.SyncPostgrestClient(s.url).from_("beds").select("*").retry(enabled=False).execute(),
        postgrest.APIError,
        lambda _: 0,
    ),
    "salesforce": Judge(
        "salesforce", _salesforce, simple_salesforce.exceptions.SalesforceError, lambda e: e.content[0] and e.status
    ),
    "slack": Judge(
        "slack",
        lambda s: slack_sdk.WebClient("t", base_url=f"{s.url}/api/", retry_handlers=[]).conversations_list(),
        slack_sdk.errors.SlackApiError,
        lambda e: int(not e.response["error"]),
    ),
    "square": Judge("square", _square, square.core.api_error.ApiError, lambda e: e.errors[0] and e.status_code),
    "stripe": Judge("stripe", _stripe, stripe.StripeError, lambda e: e.error.message and e.http_status),
    "twilio": Judge("twilio", _twilio, twilio.base.exceptions.TwilioRestException, lambda e: e.code and e.status),
    "twilio-problem": Judge("problem", _twilio, twilio.base.exceptions.TwilioException, lambda e: e.status),
    "twitter": Judge("twitter", _tweepy, tweepy.HTTPException, lambda e: e.api_messages and e.response.status_code),
}


@pytest.mark.parametrize("problem", AWKWARD.values(), ids=AWKWARD)
@pytest.mark.parametrize("judge", JUDGES.values(), ids=JUDGES)
def test_awkward(server: Loopback, judge: Judge, problem: Problem) -> None:
    """The client raises its own error after one request, and no header field came out of a text."""
    server.fails(problem, judge.dialect)
    with pytest.raises(judge.error) as caught:
        judge.call(server)
    assert judge.status(caught.value) in (problem.status, 0)
    assert "x-evil" not in server.next_answer().headers
    assert 1 == len(server.requests)
