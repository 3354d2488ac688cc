"""Queues whose people help another queue out after so much waiting: ``relax: [{after_s: 90, add: queue:general}]``.

What is added is what that queue itself needs at first. It takes the name's place when the directory is read, so that it
follows every edit of that queue, and is an expression like any other to all who come after.
"""

from collections.abc import Iterator

from agents.directory import Directory
from agents.queues import Queue
from agents.wording import did_you_mean
from agents.words import Place


def neighbour_faults(directory: Directory) -> Iterator[tuple[Place, str, str]]:
    """Yield place, what is wrong and the remedy of queues that are named and are not there, or name themselves."""
    for name, queue in directory.queues.items():
        for number, step in enumerate(queue.relax):
            neighbour = step.neighbour
            place: Place = ("queues", name, "relax", number, "add")
            if neighbour == name:
                yield place, "callers are in this queue already", "name another queue"
            elif neighbour is not None and neighbour not in directory.queues:
                near = did_you_mean(neighbour, directory.queues) or f"there are: {', '.join(directory.queues)}"
                yield place, f"there is no queue '{neighbour}'", near


def with_neighbours(directory: Directory) -> Directory:
    """Return the directory with every queue's first need in place of its name; all that are named must be there."""
    if not any(step.neighbour for queue in directory.queues.values() for step in queue.relax):
        return directory
    queues = {name: _helped(queue, directory) for name, queue in directory.queues.items()}
    return directory.model_copy(update={"queues": queues})


def _helped(queue: Queue, directory: Directory) -> Queue:
    steps = tuple(
        step if step.neighbour is None else step.model_copy(update={"add": str(directory.queues[step.neighbour].hard)})
        for step in queue.relax
    )
    return queue.model_copy(update={"relax": steps})
