"""Settings: `syndicate.toml` of the site, then the environment, checked and frozen.

`SYNDICATE_MAIL__RELAY=smtp://localhost` in the environment wins over `relay` under `[mail]` in the
file. What neither names comes from the site's own `_config.yml` where Jekyll has a word for it, and
from the defaults otherwise.
"""

from syndicate.settings.cadence import Cadence
from syndicate.settings.delivery import Delivery
from syndicate.settings.digest import MOST_POSTS, Rules
from syndicate.settings.feeds import Content
from syndicate.settings.load import FILE_NAME, load
from syndicate.settings.model import ENV_PREFIX, SITE_VARIABLE, Settings
from syndicate.settings.posts import Vanished
from syndicate.settings.relays import OUTBOX
from syndicate.settings.site import Site

__all__ = [
    "ENV_PREFIX",
    "FILE_NAME",
    "MOST_POSTS",
    "OUTBOX",
    "SITE_VARIABLE",
    "Cadence",
    "Content",
    "Delivery",
    "Rules",
    "Settings",
    "Site",
    "Vanished",
    "load",
]
