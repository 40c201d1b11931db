"""Where a seal will stand, before it does: what the holder looks at when he confirms.

Places in mm, corners and seams follow from the sizes of the pages. A keyword has to be looked
for in a stranger's file, so a job of the untrusted queue does that once, when the order is drawn
up; the sealing itself looks again and believes nothing of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seal_core.domain.documents import Document
from seal_core.domain.sealing import PlaceWish, SealingTask
from seal_core.domain.seals import Seal
from seal_core.engines.placement import Impression, place_seal
from seal_core.engines.protocol import Found, PageSize, SealEngine
from seal_core.errors import DocumentRefused, UnknownPlace
from seal_core.gm import sm3
from seal_core.ports import DocumentStore, OpenWork
from seal_core.services.sealing import place_of


@dataclass(frozen=True, slots=True)
class Foreseen:
    """The impressions on one document. *searching*: the keyword is still looked for;
    *missing*: there is no such place, so this document will not be sealed.
    """

    impressions: tuple[Impression, ...] = ()
    searching: bool = False
    missing: bool = False


class ForesightService:
    """Who may look at an order is decided by whoever shows it."""

    def __init__(
        self, open_work: OpenWork, store: DocumentStore, engines: Mapping[str, SealEngine]
    ) -> None:
        self._open_work = open_work
        self._store = store
        self._engines = engines

    def look_for(self, task_id: str) -> None:
        """Find the keyword of a task's order in its document and have that page drawn.

        Runs in the untrusted queue and is safe to run twice.
        """
        with self._open_work() as work:
            task = work.tasks.get(task_id)
            wish = work.orders.get(task.order_id).place
            document = work.documents.get(task.document_id)
        if wish.kind != "keyword":
            return
        try:
            spots = self._engines[document.media_type].find(self._store.get(document.id), wish.text)
        except DocumentRefused:
            spots = ()
        kept = [[spot.page, spot.x, spot.y] for spot in spots[:1]]
        try:
            self._store.put(_key(task.id), json.dumps(kept).encode())
        except FileExistsError:
            return  # another run was first
        if spots:
            with self._open_work() as work:
                work.outbox.add("draw_preview", f"{document.id}.{spots[0].page}")
                work.commit()

    def foresee(
        self, wish: PlaceWish, task: SealingTask, document: Document, seal: Seal
    ) -> Foreseen:
        """As the engine will lay it out on *document*."""
        spots: Sequence[Found] = ()
        if wish.kind == "keyword":
            try:
                kept = json.loads(self._store.get(_key(task.id)))
            except KeyError:
                return Foreseen(searching=True)
            spots = [Found(*each) for each in kept]

        def find(_: str | re.Pattern[str]) -> Sequence[Found]:
            return spots

        pages = [PageSize(*size) for size in document.pages]
        place = place_of(wish, document, seal)
        try:
            return Foreseen(place_seal([place], pages, seal.width_mm, seal.height_mm, find))
        except UnknownPlace:
            return Foreseen(missing=True)


def _key(task_id: str) -> str:
    """The id in the store; the documents' own ids are random and never like this one."""
    return sm3.digest(f"place/{task_id}".encode()).hex()
