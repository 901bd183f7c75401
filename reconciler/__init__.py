"""Declarative configuration-as-code for e-mail and SMS providers."""

VERSION = "0.1.0"
"""As in pyproject.toml; asking the installed package for it takes longer than all of Python."""
