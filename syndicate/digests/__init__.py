"""New posts become an Edition, and an Edition a message: cut, compose, inline, fit, template."""
