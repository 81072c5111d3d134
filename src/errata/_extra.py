"""What an extra brings."""

from importlib import import_module


def needs(module: str, package: str, extra: str) -> None:
    """Raise ModuleNotFoundError that names the extra to install when a package is missing.

    What a package that is there fails with stays as it is.
    """
    try:
        import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        raise ModuleNotFoundError(
            f"{module} needs {package}; run: pip install 'errata[{extra}]'", name=package
        ) from None
