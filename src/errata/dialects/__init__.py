"""The built-in dialects: one row each, one file per wire format or close family."""

import logging
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
    built_in = [getattr(import_module(f"errata.dialects.{module}"), name) for module, name in BUILTIN.values()]
    return Registry([*built_in, *_plugins()])


def _plugins() -> list[Dialect]:
    """Return the dialects that installed packages offer under the entry point `errata.dialects`.

    One that cannot be loaded, or is named like another, is left out with a warning.
    """
    from importlib.metadata import entry_points

    found: dict[str, Dialect] = {}
    for entry in entry_points(group="errata.dialects"):
        try:
            dialect = entry.load()
            if not isinstance(dialect, Dialect) or dialect.name in BUILTIN or dialect.name in found:
                raise TypeError(f"{entry.value} is no dialect with a name of its own")
            found[dialect.name] = dialect
        except Exception as error:  # noqa: BLE001 - a faulty plug-in must not stop the dialects that work
            logging.getLogger("errata").warning("the dialect %r was left out: %s", entry.name, error)
    return list(found.values())
