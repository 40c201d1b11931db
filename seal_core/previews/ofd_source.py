"""An OFD package opened to be drawn."""

from __future__ import annotations

from seal_core.errors import MalformedData
from seal_core.formats.ofd_model import Body, OfdModel, Page, read_model
from seal_core.formats.ofd_package import Element, OfdPackage, resolve


class Source:
    """The package, what it says about itself, and its XML files, each parsed once."""

    def __init__(self, data: bytes) -> None:
        """Raises MalformedData, or PackageRefused as a kind of it."""
        self.package = OfdPackage(data)
        self.model: OfdModel = read_model(self.package)
        self._roots: dict[str, Element] = {}

    def page(self, number: int) -> tuple[Body, Page] | None:
        """The page by its number through all documents, with the document it belongs to."""
        for body in self.model.bodies:
            for page in body.pages:
                if page.number == number:
                    return body, page
        return None

    def root(self, path: str) -> Element:
        """The root element of a file. Raises MalformedData."""
        if path not in self._roots:
            self._roots[path] = self.package.drawn(path)
        return self._roots[path]

    def locate(self, location: str, base: str) -> str | None:
        """A file by its name as written in *base*; None if there is none.

        Some write paths from the package's root without the leading slash.
        """
        if not location:
            return None
        for written in (location, f"/{location.lstrip('/')}"):
            try:
                found = self.package.find(resolve(written, base))
            except MalformedData:
                continue
            if found:
                return found
        return None
