"""Who asks for a page: machines that say so or come from where only machines live, and devices.

All of it is data: a scanner more is a line more. Whoever hides is not discovered here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

# Words of the user agents of crawlers, previewers of messengers, link scanners of mail services
# and programs. Each is a piece of a regular expression.
ROBOT_AGENTS = (
    r"(?<!cu)bot\b",
    r"crawl",
    r"spider",
    r"preview",
    r"scan",
    r"fetch",
    r"proxy",
    r"monitor",
    r"python",
    r"curl",
    r"wget",
    r"java/",
    r"go-http",
    r"okhttp",
    r"libwww",
    r"headless",
    r"phantomjs",
    r"barracuda",
    r"proofpoint",
    r"mimecast",
    r"safelinks",
    r"symantec",
    r"trendmicro",
    r"sophos",
    r"fortinet",
    r"skypeuripreview",
    r"facebookexternalhit",
    r"whatsapp",
    r"slack",
    r"discord",
    r"googleimageproxy",
)
_ROBOTS = re.compile("|".join(ROBOT_AGENTS), re.IGNORECASE)

# Networks from which mail services open the links of what they receive; nobody browses from them.
# Microsoft: «Office 365 URLs and IP address ranges», ids 9 and 10 (EOP). Google: «Googlebot and
# other Google crawlers» (common crawlers). Barracuda, Proofpoint and Mimecast: their own ranges
# for filtering.
SCANNER_NETWORKS = (
    "40.92.0.0/15",
    "40.107.0.0/16",
    "52.100.0.0/14",
    "104.47.0.0/17",
    "2a01:111:f400::/48",
    "2a01:111:f403::/48",
    "66.249.64.0/19",
    "64.235.144.0/20",
    "209.222.80.0/21",
    "67.231.144.0/20",
    "148.163.128.0/19",
    "205.139.110.0/24",
    "207.211.30.0/24",
)

# The first that is found gives the words. Order matters: Edge also says Chrome, Chrome says Safari.
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "Chromebook"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


def names_itself_robot(agent: str) -> bool:
    """Whether the user agent is of a machine, or there is none."""
    return not agent or bool(_ROBOTS.search(agent))


def only_prefetches(purpose: str) -> bool:
    """Whether `Sec-Purpose` (or the old `Purpose`) says that nobody asked for the page yet."""
    return "prefetch" in purpose or "preview" in purpose


@lru_cache(maxsize=1)
def _networks() -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(text) for text in SCANNER_NETWORKS)


def is_scanner_network(address: str) -> bool:
    """Whether the address is of a mail service that opens links. A text that is none is not."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in _networks())


def network_of(address: str) -> str:
    """The address without the part that tells one household from another: /24, or /48 in IPv6.

    «203.0.113.77» → «203.0.113.0». Empty for what is not an address.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    length = 24 if found.version == 4 else 48
    return str(ip_network(f"{found}/{length}", strict=False).network_address)


def device_words(agent: str) -> str:
    """«iPhone · Safari», «Windows · Edge»; empty when neither is known."""
    system = next((words for mark, words in SYSTEMS if mark in agent), "")
    browser = next((words for mark, words in BROWSERS if mark in agent), "")
    return " · ".join(part for part in (system, browser) if part)
