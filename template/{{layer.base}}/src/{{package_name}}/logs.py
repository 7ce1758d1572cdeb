"""Structured logs: one JSON object per line, the request id in each, secrets in none."""

from __future__ import annotations

import io
import logging.config
import re
import sys
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

SECRET_NAME = re.compile(r"password|passwd|secret|token|authorization|cookie|api_?key|dsn", re.I)
URL_PASSWORD = re.compile(r"(?<=://)([^:/@\s]*):[^@/\s]+(?=@)")


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Blank the values whose name tells a secret, and the passwords inside URLs."""
    for name, value in event.items():
        if SECRET_NAME.search(name):
            event[name] = "[redacted]"
        elif isinstance(value, str) and "://" in value:
            event[name] = URL_PASSWORD.sub(r"\1:[redacted]", value)
    return event


SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    redact,
]


def _to_json(event: Any, **_: Any) -> str:
    return orjson.dumps(event, default=str).decode()


def _formatter(log_format: str) -> structlog.stdlib.ProcessorFormatter:
    renderer: Processor = (
        structlog.dev.ConsoleRenderer()
        if log_format == "console"
        else structlog.processors.JSONRenderer(serializer=_to_json)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )


def logging_config(level: str, log_format: str) -> dict[str, Any]:
    """Return a ``logging.config`` dictionary that any process, also a spawned one, can apply."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": f"{__name__}._formatter", "log_format": log_format}},
        "handlers": {
            "stdout": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "stream": "ext://sys.stdout",
            }
        },
        "root": {"handlers": ["stdout"], "level": level},
        "loggers": {"_granian": {"level": level}},
    }


def configure_logging(level: str, log_format: str) -> None:
    """Send the logs of the service and of its libraries to stdout, in one form."""
    logging.config.dictConfig(logging_config(level, log_format))
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level.lower()),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,  # a later configuration counts for all
    )


def drop_what_cannot_be_written() -> None:
    """Let the server live on when its output ends: a full disk, a pipe that nobody reads any more.

    A buffered stream keeps what it could not write, and fails again whenever it is flushed, as
    `multiprocessing` does before it starts a worker. These streams keep nothing.
    """
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is not None:  # not closed from the beginning
            raw: Any = io.FileIO(descriptor, "w", closefd=False)
            stream = io.TextIOWrapper(raw, "utf-8", "backslashreplace", write_through=True)
            setattr(sys, name, stream)
