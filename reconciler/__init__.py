"""Declarative configuration-as-code for e-mail and SMS providers.

| folder or module | holds |
|---|---|
| `cli/` | the command line: options, output, exit codes |
| `manifests/` | reads YAML and JSON into checked resources |
| `engine/` | compares desired with live objects, and carries out the difference |
| `providers/` | the APIs of the providers, a folder each |
| `dns/` | sorts DNS records into zones, writes them for other tools, asks DNS servers |
| `http/` | sends one request and classifies its outcome |
| `state/` | remembers the owned objects, and every write |
| `sinks/` | delivers generated secrets |
| `lint/` | what an experienced messaging engineer would say about manifests |
| `policies/` | evaluates a team's own rules |
| `render/` | turns values into text, JSON and reports |
| `emulator/` | imitates the providers, for rehearsals and tests |
| `model/` | the values that all other folders share, and the glossary |
| `__main__` | makes `python -m reconciler` work |
| `errors` | all errors that reach a user, as one tree |
| `exit_codes` | all exit codes and what they mean |
| `age` | encrypts to age recipients, and decrypts with identities |
| `redaction` | masks secrets in text, however they are encoded |
| `plugins` | finds provider types in packages of others |
| `resources` | finds the schemas and examples that ship with the package |
| `suggestions` | finds the known words that an unknown one may have meant |
| `clock` | the wall clock of rules and policies |
| `deprecations` | the old spellings that the command line still accepts |
| `ci` | what CI systems tell about the run, in environment variables |
"""

VERSION = "0.1.0"
"""As in pyproject.toml; to ask the installed package would take longer than to start Python."""
