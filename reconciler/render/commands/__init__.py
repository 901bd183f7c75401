"""What single commands show, as text and as JSON documents.

| module | shows |
|---|---|
| `drift`, `accepting` | what was changed by hand, and what of it goes into manifests |
| `imports` | what an import did |
| `validation`, `comparison`, `verification` | what `validate`, `compare` and `verify` found |
| `dns` | the DNS records of sender domains, and how they stand |
| `callbacks` | webhook calls, verified or not |
| `state` | what state holds, and its history |
| `stores` | copies of states, and where states lie |
| `graphs`, `explanation`, `capabilities` | references, fields of kinds, what providers can do |
| `codes`, `code_texts` | what the code of an error means, and what to do |
| `deprecations` | what is deprecated, and until when it is kept |
"""
