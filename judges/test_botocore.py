from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session
from conftest import Loopback
from minio import Minio, S3Error

from errata import Problem, Resource

# One service, operation and known exception for each of the protocols.
QUERY = ("sns", "get_topic_attributes", {"TopicArn": "arn:1"}, "NotFound")
EC2 = ("ec2", "describe_instances", {"InstanceIds": ["i-1"]}, "InvalidInstanceID.NotFound")
JSON_10 = ("dynamodb", "describe_table", {"TableName": "beds"}, "ResourceNotFoundException")
JSON_11 = ("kinesis", "describe_stream_summary", {"StreamName": "beds"}, "ResourceNotFoundException")
REST_JSON = ("lambda", "get_function", {"FunctionName": "beds"}, "ResourceNotFoundException")
REST_XML = ("cloudfront", "get_distribution", {"Id": "1"}, "NoSuchDistribution")
CBOR = (
    "eventbridgev2",
    "describe_event_bus",
    {"EventBusArn": "arn:aws:events::1:bus/bed"},
    "ResourceNotFoundException",
)

PROTOCOLS = [
    pytest.param("aws-query", QUERY, id="query"),
    pytest.param("aws-ec2", EC2, id="ec2"),
    pytest.param("aws-json", JSON_10, id="json-1.0"),
    pytest.param("aws-json", JSON_11, id="json-1.1"),
    pytest.param("aws-restjson", REST_JSON, id="rest-json"),
    pytest.param("aws-query", REST_XML, id="rest-xml"),
    pytest.param("smithy-cbor", CBOR, id="cbor"),
]
Call = tuple[str, str, dict[str, Any], str]


def make_client(server: Loopback, service: str) -> Any:
    """Return a botocore client of a service, with retries off."""
    return Session().create_client(
        service,
        region_name="us-east-1",
        endpoint_url=server.url,
        aws_access_key_id="k1",
        aws_secret_access_key="s1",
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, inject_host_prefix=False),
    )


def refused(server: Loopback, call: Call) -> tuple[Any, ClientError]:
    """Return the client and the error that a call ends with."""
    service, operation, arguments, _ = call
    client = make_client(server, service)
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)(**arguments)
    return client, caught.value


@pytest.mark.parametrize(("dialect", "call"), PROTOCOLS)
def test_modelled_exception(server: Loopback, dialect: str, call: Call) -> None:
    """A code of the service raises the class that the service's model has for it, with status, text and request id."""
    server.fails(Problem(status=404, code=call[3], detail="No such bed.", trace_id="r-1"), dialect)
    client, error = refused(server, call)
    assert (call[3], "No such bed.") == (error.response["Error"]["Code"], error.response["Error"]["Message"])
    metadata = error.response["ResponseMetadata"]
    assert (404, "r-1") == (metadata["HTTPStatusCode"], metadata["RequestId"])
    expected = {shape.error_code for shape in client.meta.service_model.error_shapes}
    if call[3] in expected:
        assert call[3] == client.meta.service_model.shape_for_error_code(call[3]).error_code
        assert client.exceptions.from_code(call[3]) is type(error)


@pytest.mark.parametrize(("dialect", "call"), PROTOCOLS)
def test_without_code(server: Loopback, dialect: str, call: Call) -> None:
    """A problem without a code has some code all the same, and its status and hint."""
    server.fails(Problem(status=429, detail="Slow down.", retry_after=7), dialect)
    _, error = refused(server, call)
    assert "Slow down." == error.response["Error"]["Message"]
    assert error.response["Error"]["Code"]
    metadata = error.response["ResponseMetadata"]
    assert (429, "7") == (metadata["HTTPStatusCode"], metadata["HTTPHeaders"]["retry-after"])


S3_PROBLEM = Problem(
    status=404,
    code="NoSuchKey",
    detail="There is no such bed.",
    resource=Resource("Key", "beds/9"),
    trace_id="r-1",
)


def test_s3(server: Loopback) -> None:
    """A missing object raises NoSuchKey with its text and request id."""
    server.fails(S3_PROBLEM, "s3")
    client = make_client(server, "s3")
    with pytest.raises(client.exceptions.NoSuchKey) as caught:
        client.get_object(Bucket="beds", Key="9")
    error = caught.value.response["Error"]
    assert ("NoSuchKey", "There is no such bed.") == (error["Code"], error["Message"])
    assert (404, "r-1") == tuple(caught.value.response["ResponseMetadata"][k] for k in ("HTTPStatusCode", "RequestId"))


def test_s3_head(server: Loopback) -> None:
    """Without a body the client knows the status and, from a header, the request id."""
    server.fails(S3_PROBLEM, "s3")
    with pytest.raises(ClientError) as caught:
        make_client(server, "s3").head_object(Bucket="beds", Key="9")
    assert ("404", "r-1") == (
        caught.value.response["Error"]["Code"], caught.value.response["ResponseMetadata"]["RequestId"],
    )  # fmt: skip


def test_minio(server: Loopback) -> None:
    """The other S3 client reads code, text, resource and request id."""
    server.fails(S3_PROBLEM, "s3")
    client = Minio(server.host, access_key="k1", secret_key="s1", secure=False, region="us-east-1")
    with pytest.raises(S3Error) as caught:
        client.get_object(bucket_name="beds", object_name="9")
    error = caught.value
    assert ("NoSuchKey", "There is no such bed.") == (error.code, error.message)
    assert ("r-1", 404) == (error.request_id, error.response.status)
    assert "beds/9" == error.resource
