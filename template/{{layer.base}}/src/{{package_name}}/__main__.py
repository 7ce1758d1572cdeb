"""Start the service: ``python -m`` and the name of this package."""

from .config import get_settings
from .serve import serve

if __name__ == "__main__":
    serve(get_settings())
