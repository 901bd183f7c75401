"""Text to plain values, within limits, each with the place where it stands.

| module | holds |
|---|---|
| `yaml_reader`, `json_reader` | the two syntaxes |
| `common` | what both have in common: limits, spans and problems |
| `scalars` | scalars as they are written, and what a schema makes of them |
| `document`, `positions` | documents, and where their values stand |
| `inside` | where a letter inside of a text stands |
| `syntax` | says in words what is wrong with YAML that cannot be read |
| `comments` | finds text that YAML takes for a comment: `##code##` |
| `surrogates` | reads emoji as JSON escapes them, which YAML refuses |
"""
