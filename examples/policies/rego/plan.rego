# What a plan as JSON can be held against, for conftest:
#   reconciler plan --output json | conftest test --policy examples/policies/rego -
package main

import rego.v1

deny contains message if {
	some change in input.changes
	change.kind == "Template"
	change.action != "forget"
	data.reconciler.marketing_at_night.at_night(change, input.createdAt)
	message := sprintf("%s would be changed at night (%s)", [change.address, change.action])
}

deny contains message if {
	data.reconciler.few_deletes.too_many(input.summary)
	message := "This plan deletes or replaces more than five objects"
}
