"""Catalogs of gettext, read and checked: a translation that cannot be used is refused when it is read."""

import re
import struct
from collections.abc import Iterator
from functools import partial
from gettext import c2py
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import PoFileError, read_po

from errata._catalog import CatalogError
from errata.languages._texts import Entry, Text, text_of

SHIPPED: Final = Path(__file__).parent
_MESSAGES: Final = "LC_MESSAGES"
_MANY_PLURALS: Final = re.compile(rb"nplurals\s*=\s*\d{3}")  # Babel makes room for them all
_WIDE: Final = re.compile(r"\d{5}")


def files_below(folder: Path, domain: str) -> dict[str, Path]:
    """Return the catalogs of a tree of gettext by their language; `.mo` counts where there is no `.po`."""
    found: dict[str, Path] = {}
    for place in sorted(folder.glob(f"*/{_MESSAGES}")):
        files = [place / f"{domain}{suffix}" for suffix in (".po", ".mo")]
        file = next((file for file in files if file.is_file()), None)
        if file is not None:
            found[tag_of(locale_of(place.parent.name, file))] = file
    if not found:
        raise CatalogError(f"{folder}: there is no <language>/{_MESSAGES}/{domain}.po; write one, as `de/{_MESSAGES}`")
    return found


def shipped_files() -> dict[str, Path]:
    """Return the catalogs with errata's own texts."""
    return {file.stem: file for file in sorted(SHIPPED.glob("*.po"))}


def locale_of(name: str, place: object) -> Locale:
    """Return a locale by the name that gettext or HTTP has for it; raises CatalogError."""
    try:
        return Locale.parse(name.replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError):
        raise CatalogError(f"{place}: {name!r} is no language that is known; use a name such as de or pt_BR") from None


def tag_of(locale: Locale) -> str:
    """Return a locale as a tag of BCP 47."""
    return str(locale).partition("@")[0].replace("_", "-")


def catalog_in(file: Path, locale: Locale | None) -> Catalog:
    """Return what a file says; raises CatalogError, which names the line."""
    try:
        content = file.read_bytes()
        many = _MANY_PLURALS.search(content)
        if many is None:
            read = read_mo if file.suffix == ".mo" else partial(read_po, locale=locale, abort_invalid=True)
            return read(BytesIO(content))
    except PoFileError as error:
        raise CatalogError(f"{file}, line {error.lineno + 1}: {error}; see what stands before it") from None
    except (OSError, ValueError, LookupError, struct.error) as error:
        raise CatalogError(f"{file}: cannot be read ({error}); a catalog is a text file of gettext in UTF-8") from None
    raise CatalogError(f"{file}: no language has that many plural forms ({many[0].decode()}...); see Plural-Forms")


def entries_in(file: Path, tag: str) -> dict[str, Entry]:
    """Return the translations of a file by their declared text; raises CatalogError, which names the entry."""
    catalog = catalog_in(file, locale_of(tag, file))
    entries: dict[str, Entry] = {}
    for message in catalog:
        if message.id and not message.fuzzy and not message.context and any(_forms(message)):
            try:
                entries.update(_entries(message, catalog, tag))
            except ValueError as error:
                place = f"{file}, line {message.lineno}" if message.lineno else str(file)
                raise CatalogError(f"{place}: the translation of {_ids(message)[0]!r:.80}: {error}") from None
    return entries


def _ids(message: Message) -> tuple[str, ...]:
    """Return the declared text; of a text for numbers the one for many, then the one for a single thing."""
    return (message.id,) if isinstance(message.id, str) else tuple(dict.fromkeys(reversed(message.id)))


def _forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def _entries(message: Message, catalog: Catalog, tag: str) -> Iterator[tuple[str, Entry]]:
    """Yield a translation by each of its declared texts; raises ValueError when it does not fit them."""
    ids = _ids(message)
    try:
        sources = [text_of(declared) for declared in ids]
    except ValueError:
        return  # another program's: no type of errata can declare it
    forms = tuple(map(text_of, _forms(message)))
    plural = None if isinstance(message.id, str) else c2py(catalog.plural_expr)
    if plural is not None and (len(forms) != catalog.num_plurals or not all(_forms(message))):
        raise ValueError(f"it needs {catalog.num_plurals} forms; see Plural-Forms at the top of the file")
    for form in forms:
        check_fields(form, sources[0], counted=plural is not None)
    forms = tuple(form.formatted_as(sources[0]) for form in forms)
    yield from ((declared, Entry(source, forms, tag, plural)) for declared, source in zip(ids, sources, strict=True))


def check_fields(form: Text, source: Text, *, counted: bool) -> None:
    """Raise ValueError unless a translation has its source's fields; a form for one thing may leave out `one`."""
    listed = ", ".join(f"{{{name}}}" for name in sorted(source.names)) or "none"
    if more := sorted(form.names - source.names):
        raise ValueError(f"it has the field {{{more[0]}}}, which the declared text has not; use {listed}")
    if len(source.names - form.names) > counted:
        raise ValueError(f"the field {{{min(source.names - form.names)}}} is missing; use {listed}")
    if wide := next((name for name, spec in form.fields if _WIDE.search(spec)), None):
        raise ValueError(f"the format of {{{wide}}} is too wide; stay below 10000")
