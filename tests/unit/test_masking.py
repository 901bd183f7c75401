"""Who masks people's numbers stands in one docstring, which says neither more nor less."""

import ast
import re
from pathlib import Path

from reconciler.model import personal

PACKAGE = Path(personal.__file__).parents[1]
DOOR = re.compile(r"^- `(mask_\w+)`(.*?)(?=^- |\Z|\n\n)", re.MULTILINE | re.DOTALL)


def said():
    doors = DOOR.findall(personal.__doc__)
    return {name: set(re.findall(r"`([\w.]+)`", text)) for name, text in doors}


def found():
    doors = {}
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        for node in ast.walk(ast.parse(text)) if personal.__name__ in text else ():
            if isinstance(node, ast.ImportFrom) and node.module == personal.__name__:
                for alias in node.names:
                    doors.setdefault(alias.name, set()).add(module)
    return doors


def test_everybody_who_masks_numbers_is_named_at_the_door():
    assert said() == found()
