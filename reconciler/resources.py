"""Finds the files that ship with the package: the JSON Schemas and the examples.

A wheel has them inside the package, under ``reconciler/_data``. A checkout (and an editable install
of one) has them at the top of the repository, where people look for them, and uses them from there,
so that an edit takes effect at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_PACKAGE = "reconciler"


def schemas() -> Traversable:
    """Return the folder of JSON Schemas, which has one folder a manifest version (``v1``).

    Raises:
        FileNotFoundError: The installation is broken.
    """
    return _folder("schemas")


def examples() -> Traversable:
    """Return the folder of examples, which has one folder an example (``01-…``).

    Raises:
        FileNotFoundError: The installation is broken.
    """
    return _folder("examples")


def _folder(name: str) -> Traversable:
    # `importlib.resources` would find the same folder, but takes long to import.
    packaged = Path(__file__).resolve().parent / "_data" / name
    if packaged.is_dir():
        return packaged
    in_checkout = Path(__file__).resolve().parent.parent / name
    if in_checkout.is_dir():
        return in_checkout
    message = (
        f"the {name} of {_PACKAGE} are neither in {packaged} nor in {in_checkout}: "
        f"install {_PACKAGE} again"
    )
    raise FileNotFoundError(message)
