"""Results come one after the other, in order, while the next ones are made by other threads."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

THREADS = 2
One = TypeVar("One")
Made = TypeVar("Made")


def in_turn(make: Callable[[One], Made], given: Iterable[One], threads: int = THREADS) -> Iterator[Made]:
    """Yield what is made of each, in the order given; few are made or wait at a time, so that memory does not grow."""
    waiting: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for one in given:
            waiting.append(pool.submit(make, one))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
