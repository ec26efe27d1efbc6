"""The order of a plan's samples: each of its beginnings is a fair sample of the benchmark."""

from __future__ import annotations

import hashlib

from omiti2v.editions import Edition


def stratified_order(edition: Edition, *, seed: int) -> tuple[str, ...]:
    """All sample ids in a random order, in which every beginning has the edition's categories.

    Within a category the order is random; the next category is always the one that is most behind
    its share. The order depends on the edition and the seed alone.
    """
    waiting: dict[str, list[str]] = {}
    for sample in edition.samples:
        waiting.setdefault(sample.category, []).append(sample.id)

    def draw(text: str) -> bytes:
        return hashlib.sha256(f"{seed}:{edition.fingerprint}:{text}".encode()).digest()

    # Those of each category, the last first; categories that are equally behind, by chance too.
    queues = {
        name: sorted(waiting[name], key=draw, reverse=True) for name in sorted(waiting, key=draw)
    }
    sizes = {name: len(queue) for name, queue in queues.items()}
    total = len(edition.samples)
    order: list[str] = []
    while len(order) < total:
        behind = {
            name: (len(order) + 1) * sizes[name] - total * (sizes[name] - len(queue))
            for name, queue in queues.items()
            if queue
        }
        order.append(queues[max(behind, key=lambda name: behind[name])].pop())
    return tuple(order)
