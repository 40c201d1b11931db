"""The picture on the sign-in page: four digits drawn as strokes, crossed by noise.

It is no protection here, only the step a visitor has to take; the scripted person asks the
world for the answer instead of looking.
"""

from __future__ import annotations

import random
import secrets

# Strokes of the digits on a 2 by 4 grid, as on a pocket calculator
_STROKES = {
    "0": "M0 0H2V4H0Z",
    "1": "M0 1L1 0V4M0 4H2",
    "2": "M0 0H2V2H0V4H2",
    "3": "M0 0H2V2H0M2 2V4H0",
    "4": "M0 0V2H2M2 0V4",
    "5": "M2 0H0V2H2V4H0",
    "6": "M2 0H0V4H2V2H0",
    "7": "M0 0H2L1 4",
    "8": "M0 0H2V4H0ZM0 2H2",
    "9": "M2 2H0V0H2V4H0",
}
_COLOURS = ("#1f4e8c", "#8c1f3f", "#2a6b3c", "#6b4a1f")


def new_text() -> str:
    """Four digits."""
    return "".join(secrets.choice("0123456789") for _ in range(4))


def picture(text: str) -> str:
    """An SVG of 120 by 44 px; the same text always looks the same."""
    chance = random.Random(text)
    digits = "".join(_digit(char, place, chance) for place, char in enumerate(text))
    noise = "".join(_scratch(chance) for _ in range(6))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="44" viewBox="0 0 120 44">'
        f'<rect width="120" height="44" fill="#f3f6fb"/>{noise}{digits}</svg>'
    )


def _digit(char: str, place: int, chance: random.Random) -> str:
    x, y = 14 + place * 26 + chance.randint(-2, 2), 10 + chance.randint(-3, 3)
    turn = f"translate({x} {y}) rotate({chance.randint(-14, 14)}) scale(6)"
    stroke = f'stroke="{chance.choice(_COLOURS)}" stroke-width=".42" stroke-linejoin="round"'
    return f'<path d="{_STROKES[char]}" transform="{turn}" fill="none" {stroke}/>'


def _scratch(chance: random.Random) -> str:
    x1, y1, x2, y2 = (chance.randint(0, limit) for limit in (120, 44, 120, 44))
    return f'<path d="M{x1} {y1}L{x2} {y2}" stroke="#aab6c8" stroke-width="1"/>'
