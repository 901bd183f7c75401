"""Writes manifests: their text, where it goes, and how it gets there without harming a file.

| module | does |
|---|---|
| `yaml_text` | the text of one document, in the house style |
| `appending` | a file's text with documents added at its end, the old ones untouched |
| `layout` | which file a manifest goes into, and what may be a folder of them |
| `lists` | files of numbers, one a line, the same bytes every time |
| `tree`, `spelling`, `editing` | where values stand, how one is written, changing it in place |
| `rewriting`, `saving` | fields of manifests that get another value, and their files |
| `staging` | writes beside, then moves into place; takes all back when something fails |
"""
