"""What one preview may cost, counted while it is drawn."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from seal_core.errors import PreviewRefused

MAX_DEPTH = 24  # blocks in blocks, composites in composites, patterns in patterns


@dataclass(slots=True)
class Budget:
    """Counts down; whatever runs out refuses the page.

    A dense A4 page has some 3 000 glyphs and 2 000 objects; a map in vectors has 100 000
    path operators.
    """

    objects: int = 100_000
    glyphs: int = 100_000
    svg: int = 48 * 1024 * 1024  # characters
    pixels: int = 120_000_000  # of all decoded pictures together
    seconds: float = 20.0
    _began: float = field(default_factory=time.monotonic)

    def spend_object(self) -> None:
        """One more thing is drawn. Raises PreviewRefused."""
        self.objects -= 1
        if self.objects < 0:
            raise PreviewRefused("too_much", "objects")
        if time.monotonic() - self._began > self.seconds:
            raise PreviewRefused("too_slow")

    def spend_glyph(self) -> None:
        self.glyphs -= 1
        if self.glyphs < 0:
            raise PreviewRefused("too_much", "glyphs")

    def spend_svg(self, characters: int) -> None:
        self.svg -= characters
        if self.svg < 0:
            raise PreviewRefused("too_much", "drawing")

    def spend_pixels(self, count: int) -> None:
        self.pixels -= count
        if self.pixels < 0:
            raise PreviewRefused("too_much", "pixels")
