"""Where generated secrets are delivered, behind the interface in `base`.

| module | does |
|---|---|
| `base` | what a sink must be able to do |
| `registry` | makes the sink that a manifest names |
| `file`, `env_file` | one secret alone in a file; lines of a dotenv file among others |
| `secret_file` | reaches a file safely, and writes it at once or not at all |
| `tracked` | asks git whether a file is tracked |
"""
