"""The board of the site's tests, with published, hostile and broken entries."""

from ..site.conftest import place, site  # noqa: F401
