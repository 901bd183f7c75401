"""Declarative configuration-as-code for e-mail and SMS providers."""
