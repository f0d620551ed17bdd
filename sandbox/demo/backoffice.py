"""The admin as a person reads it: log in, open an order, and read a field of its page."""

from __future__ import annotations

from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, ProxyHandler, Request, build_opener

from sandbox.demo.home import DemoFailed

_TIMEOUT_SECONDS = 30
# The heading of a document's grounds, by language.
_WHY = {"en": "Why", "pt": "Porquê"}
_WHY_COLUMNS = 4


class BackOffice:
    """Raises DemoFailed where the login or a page is not what a person would expect."""

    def __init__(self, public_url: str, user: str, password: str) -> None:
        self._url = public_url
        self._cookies = CookieJar()
        # A proxy of the environment has no business between programs of one machine.
        self._opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(self._cookies))
        self._get("/admin/login/")
        form = {"username": user, "password": password, "csrfmiddlewaretoken": self._cookie("csrftoken")}
        self._get("/admin/login/?next=/admin/", form)
        if not self._cookie("sessionid"):
            raise DemoFailed("the admin refuses the login of the demonstration")

    def why_held(self, order_id: int) -> list[str]:
        """The lines under "Detail" on the order's page, such as the arithmetic of a total not understood."""
        return self._order_page(order_id).fields.get("Detail", "").splitlines()

    def why_issued(self, order_id: int, language: str) -> list[str]:
        """The grounds on the page of the order's invoice, in a language such as `pt`."""
        links = [link for link in self._order_page(order_id).links if "/invoicing/document/" in link]
        pages = sorted({link for link in links if link.endswith("/change/")})
        if not pages:
            raise DemoFailed(f"the page of order {order_id} leads to no document")
        rows = _Page(self._get(pages[0], language=language)).panels.get(_WHY[language], [])
        return [
            ": ".join(part for part in (about, choice, because) if part) + (f" ({source})" if source else "")
            for about, choice, because, source in (row for row in rows if len(row) == _WHY_COLUMNS)
        ]

    def _order_page(self, order_id: int) -> _Page:
        found = _Page(self._get(f"/admin/stores/order/?q={order_id}"))
        pages = [link for link in found.links if "/stores/order/" in link and "/change/" in link]
        if len(pages) != 1:
            raise DemoFailed(f"the admin finds {len(pages)} orders with the number {order_id}")
        return _Page(self._get(pages[0]))

    def _get(self, path: str, form: dict[str, str] | None = None, *, language: str = "en") -> str:
        headers = {"Accept-Language": language, "Referer": f"{self._url}{path}"}
        data = urlencode(form).encode() if form else None
        with self._opener.open(Request(self._url + path, data, headers), timeout=_TIMEOUT_SECONDS) as answer:
            return str(answer.read().decode())

    def _cookie(self, name: str) -> str:
        return next((cookie.value or "" for cookie in self._cookies if cookie.name == name), "")


class _Page(HTMLParser):
    """The links of a page, its read-only fields by label, and the rows of its tables by their heading."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.fields: dict[str, str] = {}
        self.panels: dict[str, list[list[str]]] = {}
        self._heading = ""
        self._label = ""
        self._reads = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "a" and attributes.get("href"):
            self.links.add(str(attributes["href"]))
        elif tag == "label":
            self._label, self._reads = "", "label"
        elif tag == "div" and "readonly" in (attributes.get("class") or "").split():
            self._reads = "field"
        elif tag == "br" and self._reads == "field":
            self.fields[self._label] = self.fields.get(self._label, "") + "\n"
        elif tag == "h2":
            self._heading, self._reads = "", "heading"
        elif tag == "tr":
            self.panels.setdefault(self._heading, []).append([])
        elif tag == "td" and self.panels.get(self._heading):
            self.panels[self._heading][-1].append("")
            self._reads = "cell"

    def handle_endtag(self, tag: str) -> None:
        if (tag, self._reads) in (("label", "label"), ("div", "field"), ("h2", "heading"), ("td", "cell")):
            self._reads = ""

    def handle_data(self, data: str) -> None:
        if self._reads == "label":
            self._label += data.strip()
        elif self._reads == "field":
            self.fields[self._label] = self.fields.get(self._label, "") + data.strip()
        elif self._reads == "heading":
            self._heading += data.strip()
        elif self._reads == "cell":
            self.panels[self._heading][-1][-1] += data.strip()
