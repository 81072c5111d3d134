"""The template for translators: every text that a contract can send, as gettext has it (`.pot`)."""

from collections.abc import Collection, Iterable, Iterator
from io import BytesIO
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import write_po

from errata._catalog import ProblemType
from errata._contract import Contract
from errata._error import Error, member_defaults
from errata.languages._files import catalog_in, shipped_files

_DATE: Final = b'"POT-Creation-Date:'


def template(
    contract: Contract, *, further: Iterable[str] = (), counted: Collection[str] = (), own: bool = False
) -> str:
    """Return a `.pot` with every text of a contract, the types that say it named in comments.

    `further` are texts that no type declares, such as those of house rules, with
    fields in braces. `counted` names types whose detail counts things, and so needs
    a form for one and a form for many. With `own` the texts of errata itself are
    left out. The same contract gives the same text: it has no date.
    """
    catalog = Catalog(project=contract.name or contract.catalog.name or None, header_comment=_HEADER, fuzzy=False)
    for text, comment, many in _texts(contract, frozenset(counted)):
        catalog.add((text, text) if many else text, auto_comments=[comment])
    for text in further:
        catalog.add(text)
    for message in () if own else _of_errata():
        if message.id not in catalog:
            catalog.add(message.id, auto_comments=["said by errata"])
    written = BytesIO()
    write_po(written, catalog, width=0)
    lines = written.getvalue().splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(_DATE)).decode()


_HEADER: Final = """\
# The errors of PROJECT. A text in braces is a field: a translation has the same ones, in any order,
# and may give a date another form, such as {when:long}.
#"""


def _texts(contract: Contract, counted: frozenset[str]) -> Iterator[tuple[str, str, bool]]:
    """Yield the texts of a contract's types, each with what it is, and whether it counts things."""
    for cls in _shown(contract):
        row = cls.problem_type
        about = f"{row.name}: {' '.join(filter(None, (str(row.status), row.code)))}"
        yield _braced(row.title), f"{about}, title", False
        if row.detail:
            yield row.detail, f"{about}, detail", row.name in counted
        for violation in member_defaults(cls).get("violations") or ():
            if violation.detail:
                yield _braced(violation.detail), f"{about}, violation", False


def _shown(contract: Contract) -> Iterator[type[Error]]:
    """Yield the types that clients can see, each once."""
    rows: dict[ProblemType, type[Error]] = {}
    for row in contract.catalog.values():
        rows[row] = contract.catalog.error_class(row)
    meant = [meaning for meaning in contract.exceptions.values() if isinstance(meaning, type)]
    named: list[type[Error]] = [*contract.fallbacks.values(), *meant]
    rows |= {cls.problem_type: cls for cls in named if not contract.catalog.declares(cls)}
    yield from (cls for row, cls in rows.items() if row.alias is None)


def _braced(text: str) -> str:
    """Return a text as a template without fields."""
    return text.replace("{", "{{").replace("}", "}}")


def _of_errata() -> Iterator[Message]:
    for file in list(shipped_files().values())[:1]:
        yield from (message for message in catalog_in(file, None) if message.id)
