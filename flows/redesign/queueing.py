"""Waiting for a role in closed form: Erlang's delay formula for M/M/c, scaled by Allen and Cunneen for G/G/c."""

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True)
class Queue:
    """A pool in the long run.

    Attributes:
        utilisation: Part of the time at work; from 1 on the queue grows without end.
        delayed_share: Chance that an arrival waits.
        wait: Mean wait before service, in the unit of `service`; infinite where the pool cannot keep up.
        waiting: Mean number in the queue (Little's law).
    """

    utilisation: float
    delayed_share: float
    wait: float
    waiting: float


def erlang_c(load: float, servers: int) -> float:
    """Return the chance to wait in M/M/c; 1 where the load reaches the servers.

    Args:
        load: Offered load, arrivals by service rate (erlangs).
        servers: Number of servers, at least 1.

    Source: Erlang's second formula, by the recursion of his first (no factorials, no overflow):
    B(0) = 1, B(n) = a B(n-1) / (n + a B(n-1)), C = c B / (c - a (1 - B)).
    """
    if load >= servers:
        return 1.0
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = load * blocked / (n + load * blocked)
    return servers * blocked / (servers - load * (1 - blocked))


def pool_queue(
    arrivals: float, service: float, servers: int, arrival_cv: float = 1.0, service_cv: float = 1.0
) -> Queue:
    """Return utilisation and waiting of a pool, first come first served.

    Args:
        arrivals: Arrivals by unit of time.
        service: Mean service time in the same unit.
        servers: Number of servers.
        arrival_cv: Standard deviation by mean of the times between arrivals (1: Poisson).
        service_cv: The same of service times (1: exponential, 0: constant).

    Source: Allen, Probability, Statistics and Queueing Theory (1990): Wq(G/G/c) = Wq(M/M/c) (ca2 + cs2) / 2; exact for
    M/M/c and for M/G/1 (Pollaczek and Khinchine).
    """
    load = arrivals * service
    delayed = erlang_c(load, servers)
    if load >= servers:
        return Queue(load / servers, 1.0, inf, inf)
    wait = delayed * service / (servers - load) * (arrival_cv**2 + service_cv**2) / 2
    return Queue(load / servers, delayed, wait, arrivals * wait)
