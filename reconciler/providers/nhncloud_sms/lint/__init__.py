"""Lint rules of NHN Cloud SMS, a module for each thing they look at."""
