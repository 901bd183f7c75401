"""Declarative configuration-as-code for e-mail and SMS providers.

| folder or module | holds |
|---|---|
| `cli/` | the command line: options, output, exit codes |
| `manifests/` | reads YAML and JSON into checked resources |
| `engine/` | compares what is desired with what is, and carries out the difference |
| `providers/` | knows each provider's API, a folder each |
| `dns/` | sorts DNS records into zones, writes them for other tools, asks DNS servers |
| `http/` | makes one request and says what came of it |
| `state/` | remembers what is ours, and every write |
| `sinks/` | delivers generated secrets |
| `lint/` | says what an experienced messaging engineer would say about manifests |
| `policies/` | judges by a team's own rules |
| `render/` | turns values into text, JSON and reports |
| `emulator/` | imitates the providers, for rehearsals and tests |
| `model/` | the values that all of them pass on, and the glossary |
| `__main__` | makes `python -m reconciler` work |
| `errors` | every error that reaches a user, as one tree |
| `exit_codes` | every exit code and what it means |
| `age` | encrypts to recipients and opens with identities |
| `redaction` | masks secrets in text, however they are encoded |
| `plugins` | finds provider types in packages of others |
| `resources` | opens the schemas and examples that ship with the package |
| `suggestions` | finds the word that somebody probably meant |
| `clock` | the wall clock of rules and policies |
| `deprecations` | the old spellings that the command line still takes |
| `ci` | what CI systems tell of the run |
"""

VERSION = "0.1.0"
"""As in pyproject.toml; asking the installed package for it takes longer than all of Python."""
