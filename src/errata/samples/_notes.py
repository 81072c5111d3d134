"""The findings of a sample: each repair is noted once, with the line it is on, up to a cap."""

from typing import Final

from errata._body import Finding

MAX_NOTES: Final = 100
_SHOWN: Final = 60


class Notes:
    """Collects findings while a text is repaired."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []
        self._left_out = 0

    def add(self, code: str, detail: str, path: str = "") -> None:
        """Add a finding; beyond the cap they are only counted."""
        if len(self._findings) < MAX_NOTES:
            self._findings.append(Finding(code, detail, path))
        else:
            self._left_out += 1

    def extend(self, other: "Notes") -> None:
        """Add the findings of another collection."""
        for finding in other.findings:
            self.add(finding.code, finding.detail, finding.path)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return the findings in the order noted, the last one saying how many were left out."""
        if not self._left_out:
            return tuple(self._findings)
        return (*self._findings, Finding("more-findings", f"{self._left_out} further findings were left out"))

    def __contains__(self, code: str) -> bool:
        return any(finding.code == code for finding in self._findings)


def shown(text: str) -> str:
    """Return a text as a message shows it: quoted, shortened."""
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "...")
