"""The rules are what Prometheus understands, and its alerts come when they should and only then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import pytest
import yaml

from matrix import AXES

from .conftest import Promtool

Series = dict[str, str]

LIST = 'method="GET",route="/api/posts"'
A, B = 'instance="a:8000"', 'instance="b:8000"'
MINUTES = 500  # that the series below last; a sample a minute


def steady(value: float) -> str:
    return f"{value}+0x{MINUTES}"


def growing(per_minute: float, minutes: int = MINUTES) -> str:
    return f"0+{per_minute}x{minutes}"


# Two replicas, a request a second, all of it well.
HEALTHY: Series = {
    f'up{{job="app",{A}}}': steady(1),
    f'up{{job="app",{B}}}': steady(1),
    'up{job="balancer",instance="balancer:8404"}': steady(1),
    f"web_workers{{{A}}}": steady(2),
    f"web_worker_starts_total{{{A}}}": steady(2),
    f'pool_in_use{{{A},pool="database"}}': steady(4),
    f'pool_size{{{A},pool="database"}}': steady(8),
    f'http_requests_total{{{LIST},status="200"}}': growing(60),
    f'http_requests_total{{{LIST},status="500"}}': growing(0),
    f'http_request_duration_seconds_bucket{{{LIST},le="0.05"}}': growing(60),
    f'http_request_duration_seconds_bucket{{{LIST},le="0.3"}}': growing(60),
    f'http_request_duration_seconds_bucket{{{LIST},le="0.4"}}': growing(60),
    f'http_request_duration_seconds_bucket{{{LIST},le="1.5"}}': growing(60),
    'cache_requests_total{cache="posts",result="hit"}': growing(60),
    'cache_requests_total{cache="posts",result="error"}': growing(0),
    f"database_statements_per_request_sum{{{LIST}}}": growing(60),
    f"database_statements_per_request_count{{{LIST}}}": growing(60),
    f'database_statements_per_request_bucket{{{LIST},le="10.0"}}': growing(60),
    f'event_loop_lag_seconds_bucket{{{A},le="0.01"}}': growing(240),
    f'event_loop_lag_seconds_bucket{{{A},le="2.5"}}': growing(240),
    f'event_loop_lag_seconds_bucket{{{A},le="+Inf"}}': growing(240),
    'haproxy_frontend_http_responses_total{proxy="public",code="2xx"}': growing(60),
    'haproxy_frontend_http_responses_total{proxy="public",code="5xx"}': growing(0),
    'haproxy_backend_active_servers{proxy="reads"}': steady(2),
    'haproxy_backend_current_queue{proxy="reads"}': steady(0),
    "nginx_connections_active": steady(100),
}


def failing(share: float) -> Series:
    """Return what is counted while this share of all requests fails."""
    return {
        f'http_requests_total{{{LIST},status="200"}}': growing(60 * (1 - share)),
        f'http_requests_total{{{LIST},status="500"}}': growing(60 * share),
    }


def within(**shares: float) -> Series:
    """Return what is counted while these shares take no longer than 50, 300, 400, 1500 ms."""
    limits = {"fast": "0.05", "p95": "0.3", "p95_of_all": "0.4", "p99_of_all": "1.5"}
    return {
        f'http_request_duration_seconds_bucket{{{LIST},le="{limits[name]}"}}': growing(60 * share)
        for name, share in shares.items()
    }


def missing(per_minute: float) -> Series:
    """Return what is counted while so many answers are not in the cache."""
    return {'cache_requests_total{cache="posts",result="miss"}': growing(per_minute)}


def down(hits: float) -> Series:
    """Return what is counted while the cache's server is passed by, with so many hits in memory."""
    return {
        'cache_requests_total{cache="posts",result="hit"}': growing(hits),
        'cache_requests_total{cache="posts",result="bypass"}': growing(30),
    }


@dataclass(frozen=True)
class Case:
    """What is different from a healthy service, and which alerts there are after some minutes.

    An alert has its severity, and its window if it has one: ``"ErrorBudgetBurns page 1h"``.
    """

    name: str
    changes: Series = field(default_factory=dict)
    firing: frozenset[str] = frozenset()
    after: int = 120
    gone: tuple[str, ...] = ()
    balancer: str = "haproxy"
    cache: str = "redis"

    @property
    def series(self) -> Series:
        """What is counted."""
        kept = {name: values for name, values in HEALTHY.items() if name not in self.gone}
        return kept | self.changes


def case(name: str, changes: Series, *firing: str, **options: object) -> Case:
    return Case(name, changes, frozenset(firing), **options)  # type: ignore[arg-type]


# A fifth of all requests fails for half an hour, and then none.
OVER = {
    f'http_requests_total{{{LIST},status="200"}}': "0+48x30 1500+60x400",
    f'http_requests_total{{{LIST},status="500"}}': "0+12x30 360+0x400",
}

PAGE_1H, PAGE_6H, TICKET_1D, TICKET_3D = (
    f"ErrorBudgetBurns {when}" for when in ("page 1h", "page 6h", "ticket 1d", "ticket 3d")
)
ALL_WINDOWS = (PAGE_1H, PAGE_6H, TICKET_1D, TICKET_3D)
MEDIAN = "MedianTooSlow ticket"

CASES = [
    Case("healthy"),
    case("0.4 % fail", failing(0.004)),
    case("2 % fail", failing(0.02), TICKET_1D, TICKET_3D),
    case("4 % fail", failing(0.04), PAGE_6H, TICKET_1D, TICKET_3D),
    case("20 % fail, as is told within minutes", failing(0.2), *ALL_WINDOWS, after=5),
    case("errors are over", OVER, TICKET_1D, TICKET_3D, after=75),
    case("errors are long over", OVER, after=400),
    case("most are slow", within(fast=0.1, p95=0.1, p95_of_all=0.1), *ALL_WINDOWS, MEDIAN),
    case(
        "a third is slow", within(fast=0.7, p95=0.7, p95_of_all=0.7), PAGE_6H, TICKET_1D, TICKET_3D
    ),
    case("the median is a little slow", within(fast=0.4), MEDIAN),
    case("some are a little slow", within(fast=0.6)),
    case(
        "a replica does not answer",
        {f'up{{job="app",{A}}}': "1x60 0x400"},
        "ReplicaDown page",
        "TooFewReplicas page",
    ),
    case("a replica is gone", {f'up{{job="app",{A}}}': "1x60 stale"}, "TooFewReplicas page"),
    case("there is to be but one", {}, gone=(f'up{{job="app",{A}}}',)),
    case(
        "all replicas are gone",
        {},
        "TooFewReplicas page",
        gone=(f'up{{job="app",{A}}}', f'up{{job="app",{B}}}'),
    ),
    case(
        "the balancer is down",
        {'up{job="balancer",instance="balancer:8404"}': steady(0)},
        "BalancerDown page",
    ),
    case(
        "workers end and end",
        {f"web_worker_starts_total{{{A}}}": growing(1)},
        "WorkersKeepEnding ticket",
    ),
    case("a pool is full", {f'pool_in_use{{{A},pool="database"}}': steady(8)}, "PoolFull ticket"),
    case(
        "the cache's server is down",
        {'cache_requests_total{cache="posts",result="error"}': growing(30)},
        "CacheFails ticket",
    ),
    case("it is, where hardly anything is not in memory", down(hits=6000), "CacheFails ticket"),
    case(
        "it was for a moment",
        {'cache_requests_total{cache="posts",result="error"}': "0x60 5+0x440"},
        after=66,
    ),
    case("it has but few of the answers", missing(60)),
    case("there is none, and nothing is kept", down(hits=0), cache="none"),
    case(
        "a query in a loop",
        {f'database_statements_per_request_bucket{{{LIST},le="10.0"}}': growing(50)},
        "NPlusOneSuspected ticket",
    ),
    case(
        "the loop is blocked",
        {f'event_loop_lag_seconds_bucket{{{A},le="0.01"}}': growing(230)},
        "EventLoopLags ticket",
    ),
    case(
        "the balancer answers errors",
        {'haproxy_frontend_http_responses_total{proxy="public",code="5xx"}': growing(6)},
        "BalancerAnswersErrors page",
    ),
    case(
        "no replica is ready",
        {'haproxy_backend_active_servers{proxy="reads"}': steady(0)},
        "NoReplicaReady page",
    ),
    case(
        "requests queue",
        {'haproxy_backend_current_queue{proxy="reads"}': steady(3)},
        "RequestsQueue ticket",
    ),
    case(
        "too many connections",
        {"nginx_connections_active": steady(7000)},
        "TooManyConnections ticket",
        balancer="nginx",
    ),
]


@pytest.mark.parametrize(
    ("framework", "balancer", "example"),
    list(product(AXES["framework"], AXES["load_balancer"], AXES["example"])),
)
def test_prometheus_understands_them(
    framework: str,
    balancer: str,
    example: bool,
    render: Callable[..., Path],
    promtool: Promtool,
) -> None:
    project = render(framework=framework, load_balancer=balancer, example=example)
    told = promtool("check", "config", project / "deploy/prometheus/prometheus.yaml")
    files = list((project / "deploy/prometheus").glob("*.rules.yaml"))
    assert len(files) >= 3
    assert told.count("rules found") == len(files)
    promtool("check", "rules", "--lint-fatal", *files)


def labels(alert: str) -> str:
    """Return an alert as Prometheus writes it."""
    names = ("alertname", "severity", "window")  # most have no window
    told = [f'{name}="{value}"' for name, value in zip(names, alert.split(), strict=False)]
    return f"{{{', '.join(told)}}}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_alerts(
    case: Case, render: Callable[..., Path], promtool: Promtool, tmp_path: Path
) -> None:
    project = render(load_balancer=case.balancer, cache=case.cache)
    rules = (project / "deploy/prometheus").glob("*.rules.yaml")
    expected = [{"labels": labels(alert), "value": 1} for alert in case.firing]
    test = {
        "interval": "1m",
        "input_series": [
            {"series": name, "values": values} for name, values in case.series.items()
        ],
        "promql_expr_test": [
            {
                "expr": 'group by (alertname, severity, window) (ALERTS{alertstate="firing"})',
                "eval_time": f"{case.after}m",
                "exp_samples": expected,
            }
        ],
    }
    path = tmp_path / "test.yaml"
    path.write_text(
        yaml.safe_dump(
            {"rule_files": [str(rule) for rule in rules], "evaluation_interval": "1m"}
            | {"tests": [test]}
        )
    )
    promtool("test", "rules", path)


def test_every_alert_has_a_case(render: Callable[..., Path]) -> None:
    alerts = set()
    for balancer in AXES["load_balancer"]:
        for path in (render(load_balancer=balancer) / "deploy/prometheus").glob("*.rules.yaml"):
            for group in yaml.safe_load(path.read_text())["groups"]:
                alerts |= {
                    " ".join([rule["alert"], *rule["labels"].values()])
                    for rule in group["rules"]
                    if "alert" in rule
                }
    assert alerts == frozenset().union(*(case.firing for case in CASES))


def test_an_alert_says_what_is_wrong(
    render: Callable[..., Path], promtool: Promtool, tmp_path: Path
) -> None:
    of_the_list = {
        "severity": "page",
        "window": "1h",
        "method": "GET",
        "route": "/api/posts",
        "objective": "error_rate",
    }
    summary = "GET /api/posts: for 1h, the budget of error_rate went 40.0 times as fast as it may."
    series = HEALTHY | failing(0.2)
    of_all = {**of_the_list, "method": "all", "route": "all"}
    test = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "alert_rule_test": [
            {
                "eval_time": "2h",
                "alertname": "ErrorBudgetBurns",
                "exp_alerts": [
                    {
                        "exp_labels": found | {"severity": severity, "window": window},
                        "exp_annotations": {
                            "summary": summary.replace("1h", window).replace(
                                "GET /api/posts", f"{found['method']} {found['route']}"
                            )
                        },
                    }
                    for found in (of_the_list, of_all)
                    for severity, window in (
                        ("page", "1h"),
                        ("page", "6h"),
                        ("ticket", "1d"),
                        ("ticket", "3d"),
                    )
                ],
            }
        ],
    }
    rules = render() / "deploy/prometheus/slo.rules.yaml"
    path = tmp_path / "test.yaml"
    path.write_text(yaml.safe_dump({"rule_files": [str(rules)], "tests": [test]}))
    promtool("test", "rules", path)
