"""Where an exception was raised: an application may use any text, that of a library too."""

from traceback import walk_tb


def module_of(error: BaseException) -> str:
    """Return the name of the module that raised an exception; empty when nobody did."""
    frames = [frame for frame, _ in walk_tb(error.__traceback__)]
    return str(frames[-1].f_globals.get("__name__")) if frames else ""
