"""A page of the portal, under the name of who is signed in."""

from __future__ import annotations

from flask import render_template

from portal import guard
from portal.context import Pages
from seal_core.domain.holders import Actor


def page(pages: Pages, template: str, actor: Actor | None = None, **values: object) -> str:
    """Raises NotSignedIn."""
    return render_template(template, actor=actor or guard.actor(pages), **values)
