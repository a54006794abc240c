"""`pgx`: a proxy that speaks PostgreSQL's wire protocol, to widen races and to cut a run at each of its round trips.

    with Proxy(cluster_url) as proxy:
        app = start(database_url=proxy.url)
        for k, mode in proxy.sweep(run):
            proxy.arm(k, mode)
            run()
            check()

A *round trip* is what a client sends before it waits: a simple Query, or Parse … Sync, or the end of a COPY. The
messages of starting and authenticating are none. Round trips are counted over all connections, from 1 after `reset`.
"""

from .faults import Fault, Trip
from .proxy import Proxy

__all__ = ["Fault", "Proxy", "Trip"]
