"""Keeps Locust from patching the standard library: there is no load in these tests."""

import os

os.environ["LOCUST_SKIP_MONKEY_PATCH"] = "1"
