"""The output of single commands, as text and as JSON documents.

| module | shows |
|---|---|
| `drift`, `accepting` | drift; which of it is written into manifests |
| `imports` | what an import did, or would do |
| `validation`, `comparison`, `verification` | the results of `validate`, `compare` and `verify` |
| `dns` | the DNS records of sender domains, and whether DNS has them |
| `callbacks` | webhook calls, genuine or not |
| `state` | owned objects, runs, operations and snapshots of a state |
| `stores` | the states of environments; moved, copied and compared states |
| `graphs` | references between resources |
| `explanation` | kinds, fields and lint rules |
| `capabilities` | provider types and what their kinds can do |
| `codes`, `code_texts` | an error code explained; the longer explanations |
| `deprecations` | what is deprecated, and until when it is kept |
"""
