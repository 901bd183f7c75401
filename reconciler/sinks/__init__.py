"""The places where generated secrets are delivered, behind the interface in `base`.

| module | does |
|---|---|
| `base` | the `Sink` interface |
| `registry` | makes the sink that a manifest names |
| `file` | `{file: …}`: a file with one secret alone |
| `env_file` | `{envFile: …}`: lines of a dotenv file |
| `secret_file` | opens a file safely, and replaces it in one step |
| `tracked` | asks git whether a file is tracked or changed |
"""
