package reconciler.protected_drift

import rego.v1

violates if {
	input.drift.protected
	input.drift.status in {"changed", "missing"}
}
