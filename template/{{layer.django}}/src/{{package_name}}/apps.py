"""Django's own applications, where this service has them differ."""

from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class ServiceAdminConfig(AdminConfig):
    """Makes `admin.ServiceAdminSite` the one where models are registered."""

    default_site = f"{__package__}.admin.ServiceAdminSite"
