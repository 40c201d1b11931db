"""Refusals of the program around the domain. Imports nothing: the command line starts fast."""

from __future__ import annotations

EXIT_NOT_TRUE = 1
"""Exit code of a story that did not come true."""


class ConfigurationError(Exception):
    """The settings cannot be used; each of *problems* names one and what is wrong with it.

    Never carries a value: it may be a secret.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class ProcessFault(Exception):
    """A process of ours did not start or ended by itself; *detail* is the end of its log."""

    def __init__(self, name: str, what: str, detail: str = "") -> None:
        super().__init__(f"{name}: {what}" + (f"\n{detail}" if detail else ""))
        self.name = name
        self.what = what
        self.detail = detail
