"""Which kind of browser it is, in plain words: for people who look through their sessions."""

from __future__ import annotations

_BROWSERS = (  # the first that is named: Edge and Opera name Chrome too, and Chrome names Safari
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("coc_coc", "Cốc Cốc"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def kind_of(user_agent: str) -> str:
    """Such as `Chrome, Windows`; blank where nothing is known. Holds no version and no address."""
    named = (_first(user_agent, _BROWSERS), _first(user_agent, _SYSTEMS))
    return ", ".join(each for each in named if each)


def _first(user_agent: str, known: tuple[tuple[str, str], ...]) -> str:
    return next((name for mark, name in known if mark in user_agent), "")
