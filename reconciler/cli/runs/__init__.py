"""The steps of a run that several commands share: planning, asking, carrying out, verifying.

| module | does |
|---|---|
| `planning` | adds lint findings to a plan, and shows it: for plan, apply and destroy |
| `applying` | plans, asks and applies under the lock: apply and destroy |
| `choosing` | which resources `--target`, `--selector` and paths choose |
| `confirm` | asks the user before anything is changed |
| `policing` | the policies of a run, or none; loads `judging` only if there are any |
| `judging` | evaluates policies on resources, changes, plans and drift |
| `importing` | reads the options of `import`, and carries it out |
| `accepting` | `drift --accept`: writes drift into manifests |
| `verifying` | verifies chosen objects and sends canaries |
| `watching` | shows the progress that the engine reports |
| `endings` | records how a run ended that changed nothing, for `state history` |
"""
