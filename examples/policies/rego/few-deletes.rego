package reconciler.few_deletes

import rego.v1

violates if too_many(input.plan.summary)

too_many(summary) if summary.delete + summary.replace > 5
