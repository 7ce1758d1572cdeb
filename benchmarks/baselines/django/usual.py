"""The usual: REST framework, as a WSGI server loads it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "usual_settings"
app = get_wsgi_application()
