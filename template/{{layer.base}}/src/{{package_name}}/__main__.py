"""Start the service: ``python -m`` and the name of this package."""

from .serve import serve
from .settings import get_settings

if __name__ == "__main__":
    serve(get_settings())
