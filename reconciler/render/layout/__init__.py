"""How text looks on one stream, apart from what it says.

| module | does |
|---|---|
| `safe_text` | makes untrusted text harmless for terminals and CI logs |
| `style` | colours, widths, and masks of secrets; counts and durations as text |
| `wrapping` | breaks lines at the width of a terminal |
| `tables` | aligned columns |
"""
