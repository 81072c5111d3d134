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
    "html": ("plain", "html"),
    "text": ("plain", "text"),
    "empty": ("plain", "empty"),
}


def load() -> Registry:
    """Return a registry of the built-in dialects and those of installed plug-ins."""
    return Registry([*map(_built_in, BUILTIN), *_plugins()])


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
