"""Every route of the service."""

from django.contrib import admin
from django.urls import path

from . import errors
from .api import api

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", api.urls),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.crashed
