"""The built-in dialects: one row each, one file per wire format or close family."""

from importlib import import_module
from typing import Final

from errata._dialect import Dialect, Registry

# name -> (module, attribute); in the order they are listed to people
BUILTIN: Final[dict[str, tuple[str, str]]] = {
    "axway": ("axway", "dialect"),
    "usta": ("usta", "dialect"),
    "mvno": ("mvno", "dialect"),
    "netmri": ("netmri", "dialect"),
    "problem": ("problem", "dialect"),
    "problem-xml": ("problem_xml", "dialect"),
    "aspnet": ("aspnet", "dialect"),
    "zalando": ("zalando", "dialect"),
    "symfony": ("symfony", "dialect"),
    "hydra": ("hydra", "dialect"),
    "acme": ("acme", "dialect"),
    "vnd-error": ("vnd_error", "dialect"),
    "spring-boot": ("spring_boot", "dialect"),
    "boom": ("boom", "dialect"),
    "litestar": ("litestar", "dialect"),
    "falcon": ("falcon", "dialect"),
    "flask-smorest": ("flask_smorest", "dialect"),
    "cornice": ("cornice", "dialect"),
    "restify": ("restify", "dialect"),
    "moleculer": ("moleculer", "dialect"),
    "feathers": ("feathers", "dialect"),
    "stripe": ("stripe", "dialect"),
    "openai": ("openai", "dialect"),
    "anthropic": ("anthropic", "dialect"),
    "facebook": ("facebook", "dialect"),
    "twilio": ("twilio", "dialect"),
    "slack": ("slack", "dialect"),
    "jira": ("jira", "dialect"),
    "salesforce": ("salesforce", "dialect"),
    "shopify": ("shopify", "dialect"),
    "hubspot": ("hubspot", "dialect"),
    "paypal": ("paypal", "dialect"),
    "square": ("square", "dialect"),
    "zoom": ("zoom", "dialect"),
    "notion": ("notion", "dialect"),
    "discord": ("discord", "dialect"),
    "elasticsearch": ("elasticsearch", "dialect"),
    "couchdb": ("couchdb", "dialect"),
    "postgrest": ("postgrest", "dialect"),
    "atlas": ("atlas", "dialect"),
    "algolia": ("algolia", "dialect"),
    "digitalocean": ("digitalocean", "dialect"),
    "heroku": ("heroku", "dialect"),
    "cloudflare": ("cloudflare", "dialect"),
    "gitlab": ("gitlab", "dialect"),
    "github": ("github", "dialect"),
    "twitter": ("twitter", "dialect"),
    "matrix": ("matrix", "dialect"),
    "mediawiki": ("mediawiki", "dialect"),
    "wordpress": ("wordpress", "dialect"),
    "parse-server": ("parse_server", "dialect"),
    "aws-json": ("aws_json", "dialect"),
    "aws-restjson": ("aws_json", "restjson"),
    "smithy-cbor": ("smithy_cbor", "dialect"),
    "aws-query": ("aws_xml", "query"),
    "aws-ec2": ("aws_xml", "ec2"),
    "s3": ("s3", "dialect"),
    "odata": ("odata", "dialect"),
    "azure-xml": ("azure_xml", "dialect"),
    "kubernetes": ("kubernetes", "dialect"),
    "oci": ("oci", "dialect"),
    "docker": ("docker", "dialect"),
    "keystone": ("keystone", "dialect"),
    "mlflow": ("mlflow", "dialect"),
    "prometheus": ("prometheus", "dialect"),
    "jsonapi": ("jsonapi", "dialect"),
    "scim": ("scim", "dialect"),
    "fhir": ("fhir", "dialect"),
    "fhir-xml": ("fhir", "xml"),
    "oauth2": ("oauth2", "dialect"),
    "bearer": ("oauth2", "bearer"),
    "drf": ("drf", "dialect"),
    "drf-std": ("drf_std", "dialect"),
    "fastapi": ("fastapi", "dialect"),
    "laravel": ("laravel", "dialect"),
    "rails": ("rails", "dialect"),
    "phoenix": ("phoenix", "dialect"),
    "extjs": ("extjs", "dialect"),
    "loopback": ("loopback", "dialect"),
    "google": ("google", "dialect"),
    "grpc-http": ("grpc_http", "dialect"),
    "connect": ("connect", "dialect"),
    "twirp": ("twirp", "dialect"),
    "trpc": ("trpc", "dialect"),
    "jsonrpc": ("jsonrpc", "dialect"),
    "xmlrpc": ("xmlrpc", "dialect"),
    "soap11": ("soap", "soap11"),
    "soap12": ("soap", "soap12"),
    "graphql": ("graphql", "dialect"),
    "hasura": ("hasura", "dialect"),
    "oai-pmh": ("oai_pmh", "dialect"),
    "ogc": ("ogc", "dialect"),
    "ogc-json": ("ogc", "json"),
    "jsend": ("jsend", "dialect"),
    "html": ("plain", "html"),
    "text": ("plain", "text"),
    "empty": ("plain", "empty"),
}


def load() -> Registry:
    """Return a registry of the built-in dialects, those of installed plug-ins, and described ones."""
    return Registry([*map(_built_in, BUILTIN), *_plugins(), *_described()])


def load_one(name: str) -> Dialect | None:
    """Return a built-in dialect by its name; None when there is none."""
    return _built_in(name) if name in BUILTIN else None


def _built_in(name: str) -> Dialect:
    module, attribute = BUILTIN[name]
    dialect: Dialect = getattr(import_module(f"errata.dialects.{module}"), attribute)
    return dialect


def _plugins() -> list[Dialect]:
    """Return the dialects that installed packages offer under the entry point `errata.dialects`.

    One that cannot be loaded, or is named like another, is left out with a warning.
    """
    from importlib.metadata import entry_points

    found: dict[str, Dialect] = {}
    for entry in entry_points(group="errata.dialects"):
        try:
            dialect = entry.load()
        except Exception as error:  # noqa: BLE001 - a faulty plug-in must not stop the dialects that work
            dialect = error
        if isinstance(dialect, Dialect) and dialect.name not in BUILTIN and dialect.name not in found:
            found[dialect.name] = dialect
        else:
            from logging import getLogger

            getLogger("errata").warning("%s is no dialect with a name of its own: %r", entry.value, dialect)
    return list(found.values())


def _described() -> list[Dialect]:
    """Return the dialects of the TOML files that the variable ERRATA_DIALECTS lists, as PATH lists folders.

    A file that cannot be used is left out with a warning, for reading is total.
    """
    import os

    found: list[Dialect] = []
    for path in filter(None, os.environ.get("ERRATA_DIALECTS", "").split(os.pathsep)):
        from errata.dialects.described import load_dialect

        try:
            dialect = load_dialect(path)
            if dialect.name in BUILTIN:
                raise ValueError(f"{path}: there is a dialect {dialect.name!r} already; choose another id")  # noqa: TRY301
            found.append(dialect)
        except (ValueError, OSError) as error:
            from logging import getLogger

            getLogger("errata").warning("ERRATA_DIALECTS: %s", error)
    return found
