"""Every route of the service."""

from django.contrib import admin
from django.urls import path

from . import errors, extension
from .api import api

urlpatterns = [
    path("admin/", admin.site.urls),
    *extension.urlpatterns,
    path("", api.urls),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.crashed
