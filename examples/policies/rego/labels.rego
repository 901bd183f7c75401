package reconciler.labels

import rego.v1

violates if not owned

owned if {
	"team" in object.keys(input.resource.labels)
	"owner" in object.keys(input.resource.labels)
}
