"""What is called in other ways than by HTTP, each three times (see `benchmarks.three`): gRPC and GraphQL."""

import atexit
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NoReturn

from benchmarks.servers import TITLE
from benchmarks.three import (
    BUG,
    PATHS,
    Answer,
    Ask,
    NoSkuByHandError,
    Three,
    bug,
    by_errata,
    by_hand,
    contract,
    document_by_hand,
    missing_document,
)

SERVICE: Final = "shop.Shop"
DETAILS: Final = "grpc-status-details-bin"


def grpc() -> Three:
    """Return gRPC: a server of threads and its client in this process, over a socket; both count."""
    import grpc as package
    from google.rpc.status_pb2 import Status  # type: ignore[import-not-found]  # in requirements/bench.txt

    from errata.servers.grpc import interceptor

    codes = package.StatusCode
    statuses = {codes.NOT_FOUND: 404, codes.UNIMPLEMENTED: 404, codes.INTERNAL: 500, codes.UNKNOWN: 500}

    def ask_of(missing: Callable[[Any], Any], *interceptors: Any) -> Ask:
        behaviours: dict[str, Callable[..., Any]] = {
            "items/1": lambda _, __: b"1",
            "missing": lambda _, context: missing(context),
            "broken": lambda _, __: bug(),
        }
        methods: Any = {name: package.unary_unary_rpc_method_handler(each) for name, each in behaviours.items()}
        server = package.server(ThreadPoolExecutor(1), interceptors=list(interceptors))
        server.add_generic_rpc_handlers((package.method_handlers_generic_handler(SERVICE, methods),))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        channel = package.insecure_channel(f"127.0.0.1:{port}")
        atexit.register(lambda: (channel.close(), server.stop(None).wait(10)))
        stubs: dict[str, Any] = {path: channel.unary_unary(f"/{SERVICE}{path}") for path, _ in PATHS.values()}

        def ask(path: str) -> Answer:
            try:
                return 200, (), stubs[path](b"")
            except package.RpcError as error:
                failed: Any = error
                return statuses[failed.code()], (), (failed.details(), dict(failed.trailing_metadata() or ()))

        return ask

    def said(body: Any) -> object:
        text, trailers = body
        status = Status.FromString(trailers[DETAILS])
        return status.code, status.message, text, [detail.type_url for detail in status.details]

    return Three(
        ask_of(lambda context: context.abort(codes.NOT_FOUND, TITLE)),
        ask_of(lambda _: by_hand(), _interceptor_by_hand()),
        ask_of(lambda _: by_errata(), interceptor(contract())),
        said,
    )


def _interceptor_by_hand() -> Any:
    """Return an interceptor that ends calls with a google.rpc.Status, made by protobuf."""
    import grpc as package
    from google.rpc.error_details_pb2 import ErrorInfo  # type: ignore[import-not-found]  # in requirements/bench.txt

    codes = package.StatusCode

    class Handlers(package.ServerInterceptor):
        def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
            handler = continuation(handler_call_details)
            return package.unary_unary_rpc_method_handler(guarded(handler.unary_unary if handler else unknown))

    def unknown(_: bytes, __: Any) -> bytes:
        raise LookupError

    def guarded(behaviour: Callable[..., bytes]) -> Callable[..., bytes]:
        def answer(request: bytes, context: Any) -> bytes:
            try:
                return behaviour(request, context)
            except NoSkuByHandError as error:
                code, text, document = codes.NOT_FOUND, str(error), missing_document(error)
                infos = [ErrorInfo(metadata={"sku": error.sku})]
            except LookupError:
                code, text, infos = codes.UNIMPLEMENTED, "There is no such method.", []
                document = document_by_hand(405, text)
            except Exception as error:  # noqa: BLE001 - whatever it is
                code, text, infos, document = codes.INTERNAL, BUG, [], document_by_hand(500, BUG, error)
            context.set_trailing_metadata(((DETAILS, _status(code.value[0], text, document["traceId"], infos)),))
            return context.abort(code, text)  # type: ignore[no-any-return]

        return answer

    return Handlers()


def _status(code: int, text: str, trace_id: str, infos: list[Any]) -> bytes:
    from google.protobuf.any_pb2 import Any as Packed  # type: ignore[import-untyped]  # in requirements/bench.txt
    from google.rpc.error_details_pb2 import RequestInfo
    from google.rpc.status_pb2 import Status

    status = Status(code=code, message=text)
    for info in (*infos, RequestInfo(request_id=trace_id)):
        packed = Packed()
        packed.Pack(info)
        status.details.append(packed)
    return status.SerializeToString()  # type: ignore[no-any-return]


def strawberry() -> Three:  # noqa: C901 - three schemas and what they raise
    """Return Strawberry: a schema that executes operations, and the result as a view writes it."""
    import strawberry as package
    from graphql import GraphQLError

    from errata.servers.strawberry import install

    def query(missing: Callable[[], NoReturn]) -> type:
        @package.type
        class Query:
            @package.field
            def item(self) -> int:
                return 1

            @package.field
            def missing(self) -> int:
                missing()

            @package.field
            def broken(self) -> int:
                bug()

        return Query

    class Handled(package.Schema):
        def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:  # noqa: ARG002 - as Strawberry calls it
            for error in errors:
                document = self.document(error)
                error.message = document.get("detail") or document["title"]
                error.extensions = document

        def document(self, error: GraphQLError) -> dict[str, Any]:
            cause = error.original_error
            if isinstance(cause, NoSkuByHandError):
                return missing_document(cause)
            if cause is not None:
                return document_by_hand(500, BUG, cause)
            code = "GRAPHQL_VALIDATION_FAILED"
            return document_by_hand(400, "Bad Request", detail=error.message, code=code)

    texts = {"/items/1": "{ item }", "/missing": "{ missing }", "/nowhere": "{ nowhere }", "/broken": "{ broken }"}
    statuses = dict(PATHS.values())

    def ask_of(schema: package.Schema) -> Ask:
        def ask(path: str) -> Answer:
            result = schema.execute_sync(texts[path])
            failed = {"errors": [error.formatted for error in result.errors]} if result.errors else {}
            # There are no statuses: what has errors counts as failed in the way asked for.
            return statuses[path] if failed else 200, (), json.dumps({"data": result.data, **failed})

        return ask

    def said(body: str) -> object:
        (error,) = json.loads(body)["errors"]
        return error["message"], sorted(error), sorted(error["extensions"])

    return Three(
        ask_of(package.Schema(query(by_hand))),
        ask_of(Handled(query(by_hand))),
        ask_of(install(package.Schema(query(by_errata)), contract())),
        said,
    )
