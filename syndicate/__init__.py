"""syndicate turns the posts of a site into feeds and e-mail digests, per category."""

__version__ = "0.1.0"
