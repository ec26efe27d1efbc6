"""What a page of Streamlit says, as its test harness ran it."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def texts_of(app: AppTest) -> str:
    """Its texts in one; `str.replace` away the backslashes that show them letter by letter."""
    kinds = (app.markdown, app.caption, app.info, app.warning, app.error, app.success, app.text)
    return "\n".join(str(element.value) for kind in kinds for element in kind)
