"""The service contract: what every generated service answers, whatever it is made of.

A black-box suite: it speaks HTTP to a deployment that runs already and knows nothing else of it.

    pytest tests/contract --base-url http://127.0.0.1:8000

The deployment has the blog example, at least 100 seeded posts, and names its host in
ALLOWED_HOSTS. The suite adds accounts and posts of its own, and may run again and again against
the same deployment, in any order. It takes about half a minute, some of which it waits for
CACHE_STALENESS to pass; longer where the service allows less than 100 attempts to sign in from
one address a minute, or less than 5 to one account, for which it waits too.

| option | says that |
|---|---|
| ``--behind-balancer`` | requests pass a load balancer: /metrics must be out of reach |
| ``--processes N`` | N server processes answer, over all replicas (default 1) |
| ``--no-shared-cache`` | there is no cache server: each process computes for itself |
| ``--staleness SECONDS`` | the deployment's CACHE_STALENESS (default 2) |
| ``--production`` | ENVIRONMENT=production: the session cookie must be ``Secure`` |

Without ``--base-url`` nothing here is collected.
"""
