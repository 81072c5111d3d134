"""Which of some languages a client likes best (RFC 9110 section 12.5.4, by the lookup of RFC 4647 section 3.4)."""

from collections.abc import Iterator
from typing import Final

_LONGEST: Final = 4_096  # characters that are looked at
_MOST: Final = 50  # ranges
_SUBTAGS: Final = 8


def preferred(accept_language: str | None, available: tuple[str, ...]) -> str:
    """Return the language that a client likes best; the first one for whoever names none of them.

    A range stands for itself, then for what is left without its last subtag (`de-CH`,
    then `de`), then for a language of a region (`pt`, then `pt-BR`). Whatever cannot
    be read is left out.
    """
    ranges = sorted(_ranges(accept_language or ""), key=lambda each: -each[1])
    refused = [each for each, weight in ranges if not weight]
    allowed = tuple(tag for tag in available if not any(_is_within(tag, each) for each in refused))
    for each, weight in ranges:
        found = _found(each, allowed) if weight else None
        if found is not None:
            return found
    return (allowed or available)[0] if not ranges or available[0] in allowed else _other(ranges, allowed, available)


def _other(ranges: list[tuple[str, float]], allowed: tuple[str, ...], available: tuple[str, ...]) -> str:
    """Return what to say to a client that refuses the default: another language if it takes any, else the default."""
    takes_any = any(each == "*" and weight for each, weight in ranges)
    return allowed[0] if takes_any and allowed else available[0]


def _ranges(accept_language: str) -> Iterator[tuple[str, float]]:
    for item in accept_language[:_LONGEST].split(",")[:_MOST]:
        name, *parameters = item.lower().split(";")
        subtags = name.strip().replace("_", "-").split("-")
        if subtags == ["*"] or (len(subtags) <= _SUBTAGS and _is_language(subtags)):
            yield "-".join(subtags), _weight(parameters)


def _is_language(subtags: list[str]) -> bool:
    return subtags[0].isalpha() and all(s.isascii() and s.isalnum() and len(s) <= _SUBTAGS for s in subtags)


def _weight(parameters: list[str]) -> float:
    """Return the `q` of a range; one that cannot be read refuses it."""
    given = next((text for name, _, text in (p.partition("=") for p in parameters) if name.strip() == "q"), "1")
    try:
        weight = float(given)
    except ValueError:
        return 0.0
    return min(weight, 1.0) if weight > 0 else 0.0


def _found(wanted: str, allowed: tuple[str, ...]) -> str | None:
    if wanted == "*":
        return allowed[0] if allowed else None
    by_name = {tag.lower(): tag for tag in reversed(allowed)}
    subtags = wanted.split("-")
    while subtags:
        if (name := "-".join(subtags)) in by_name:
            return by_name[name]
        subtags.pop()
    return next((tag for tag in allowed if _is_within(tag, wanted)), None)


def _is_within(tag: str, wanted: str) -> bool:
    return f"{tag.lower()}-".startswith(f"{wanted}-")
