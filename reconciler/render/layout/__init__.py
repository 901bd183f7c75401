"""How text looks on one stream, whatever it says.

| module | does |
|---|---|
| `safe_text` | makes untrusted text harmless for terminals and CI logs |
| `style`, `wrapping` | colour, width and masks |
| `tables` | aligned columns |
"""
