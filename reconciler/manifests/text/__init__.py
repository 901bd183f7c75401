"""Parses YAML and JSON to plain values, within limits, and finds where in the file each stands.

| module | does |
|---|---|
| `yaml_reader`, `json_reader` | parse text of the two syntaxes |
| `common` | what both have in common: limits, spans and problems |
| `scalars` | gives unquoted scalars the types that a schema says |
| `positions` | finds line and column of every value of a document |
| `inside` | finds a character inside a text, for errors in a policy's expression |
| `syntax` | says in words why text is not valid YAML |
| `comments` | finds text that YAML takes for a comment, such as `##code##` |
| `surrogates` | replaces emoji that are escaped as in JSON, which libyaml refuses |
"""
