"""What a kit raises."""


class KitError(AssertionError):
    """A dialect breaks a law; the text says which one, with what, and what to look at."""


def shortened(value: object) -> str:
    """Return a value for a message."""
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:300]}..."
