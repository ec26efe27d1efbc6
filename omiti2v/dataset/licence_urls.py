"""Where the texts of licenses stand on the web."""

from __future__ import annotations

import re

_CREATIVE_COMMONS = "https://creativecommons.org"
_BY = re.compile(r"CC-(BY(?:-NC)?(?:-SA|-ND)?)-([0-9.]+)")
_OTHERS = {
    "CC-BY-3.0-US": f"{_CREATIVE_COMMONS}/licenses/by/3.0/us/",
    "CC0-1.0": f"{_CREATIVE_COMMONS}/publicdomain/zero/1.0/",
    "CC-PDDC": f"{_CREATIVE_COMMONS}/licenses/publicdomain/",
    "LicenseRef-public-domain": f"{_CREATIVE_COMMONS}/publicdomain/mark/1.0/",
    "Apache-2.0": "https://www.apache.org/licenses/LICENSE-2.0",
}


def licence_url(licence: str) -> str | None:
    """The address of a license's text.

    Args:
        licence: SPDX id, or `LicenseRef-public-domain`.

    Returns:
        None for a license that is not known here.

    >>> licence_url("CC-BY-SA-4.0")
    'https://creativecommons.org/licenses/by-sa/4.0/'
    """
    if match := _BY.fullmatch(licence):
        return f"{_CREATIVE_COMMONS}/licenses/{match[1].lower()}/{match[2]}/"
    return _OTHERS.get(licence)
