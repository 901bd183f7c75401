"""Writes the pages under docs/ that follow from the code; a test keeps them equal."""

from pathlib import Path

from reconciler.lint.registry import table

PAGES = {
    "docs/lint-rules.md": """\
# Lint rules

What `reconciler validate`, `plan` and `apply` find in manifests, offline. A finding of severity
error stops an apply; the others are told. `scripts/write-docs.py` writes this page from the rules.

"""
    + table()
    + "\n",
}

if __name__ == "__main__":
    for name, text in PAGES.items():
        path = Path(__file__).parent.parent / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"wrote {name}")
