"""Where hits are counted: in the cache's server, or in the process while none is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .config.stores import StoreSettings


def storage(settings: StoreSettings) -> tuple[str, dict[str, Any]]:
    """Return the URI and the options of the counters, which are not connected yet."""
    if not settings.cache_url:
        return "memory://", {}
    timeout = settings.cache_timeout
    return settings.cache_url, {"connect_timeout": timeout, "timeout": timeout, "no_delay": True}
