"""Shows model objects to people and to programs. Writes nowhere: every function returns text.

| module | does |
|---|---|
| `safe_text` | makes untrusted text harmless for terminals and CI logs |
| `style`, `wrapping` | colour, width and masks: how text looks on one stream |
| `values` | one field's value in a line |
| `usage` | how an object is used, beside what would delete it |
| `diffs` | what differs between two values, in few lines |
| `changes` | one change of a plan |
| `blocked` | what could not be compared, and the way out |
| `overview` | how many of each kind, for plans with many changes |
| `order` | which changes of a plan wait for which |
| `extent` | what a plan looked at |
| `text`, `drift` | plans, reports and drift for people |
| `accepting` | what of drift goes into manifests |
| `imports` | what an import did |
| `errors`, `faults` | what went wrong, and what is wrong with manifests |
| `words` | what became of a change, in words |
| `validation`, `comparison`, `verification` | what `validate`, `compare` and `verify` found |
| `dns` | the DNS records of sender domains, and how they stand |
| `callbacks` | webhook calls, verified or not |
| `state` | what state holds, and its history |
| `stores` | copies of states, and where states lie |
| `graphs`, `explanation`, `capabilities` | references, fields of kinds, what providers can do |
| `codes`, `code_texts` | what the code of an error means, and what to do |
| `deprecations` | what is deprecated, and until when it is kept |
| `tables` | aligned columns |
| `json` | plans, reports, drift and errors as JSON documents |
| `views` | what policies see |
| `envelope`, `documents` | what all JSON documents have in common; their JSON Schemas |
| `saved_plans`, `replay` | saved plans as files, and as the value that text is made from |
| `reports/` | what `--report FORMAT=FILE` writes |
| `progress` | how far reading and applying have come, as plain lines |
| `live` | the same as a bar that moves, in a terminal |
"""
