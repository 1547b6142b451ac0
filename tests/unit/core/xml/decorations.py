"""XML that says the same, or nearly, in another way: what the token reader must either read right or leave alone."""

from __future__ import annotations

import re

from hypothesis import strategies as st

_TOKEN = re.compile(r"<[^>]*>|[^<]+")
_BETWEEN = ("<!-- x -->", "<!-- </p:A> <p:A> -->", "<?proef a > b?>", "\n\t ", "\r\n", "<Vreemd>1</Vreemd>", "los",
            " > ", "<![CDATA[</p:A>]]>", "&amp;", "<p:A/>", "<Naam>dubbel</Naam>")


@st.composite
def decorated(draw: st.DrawFn, body: str) -> str:
    """``body`` with up to five changes that leave it well-formed, and nothing that only the eye sees."""
    tokens = _TOKEN.findall(body)
    for _ in range(draw(st.integers(0, 5))):
        if tokens:
            at = draw(st.integers(0, len(tokens) - 1))
            tokens[at] = draw(st.sampled_from(_changes(tokens[at])))
    return "".join(tokens)


def _changes(token: str) -> list[str]:
    """Other ways to write one tag or text. A tag or text that was changed before is left alone, mostly."""
    if token.startswith("</"):
        return [token, token.replace(">", " >"), token.replace(">", "\n>"), *(token + extra for extra in _BETWEEN)]
    if token.startswith(("<!", "<?")) or token.endswith(("-->", "?>", "/>")) or token.count("<") > 1:
        return [token]
    if token.startswith("<"):
        return [
            token, token.replace(">", " >"), token.replace(">", "\n>"), token.replace(">", ' a="1">'),
            token.replace(">", ' a=">">'), token.replace(">", ' xmlns:z="urn:z">'),
            token.replace(">", ' xmlns="urn:z">'),
            *(token + extra for extra in _BETWEEN), *(extra + token for extra in _BETWEEN),
        ]
    plain = "".join(f"&#{ord(character)};" for character in token) if "&" not in token else token
    raw = token.replace("&gt;", ">") if "]]" not in token else token
    section = f"<![CDATA[{token}]]>" if "&" not in token and "]]>" not in token else token
    return [plain, raw, section, token + "&quot;", token + "<!-- y -->", token.replace("\n", "\r\n"), token + "&#xE9;",
            token.replace("&#13;", "&#xD;")]
