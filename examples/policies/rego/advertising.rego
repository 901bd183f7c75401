# The law of Korea: an advertisement by SMS begins with (광고), and ends with a free way out.
package reconciler.advertising

import rego.v1

violates if {
	input.resource.spec.category == "marketing"
	not marked
}

marked if {
	startswith(input.resource.spec.body, "(광고)")
	regex.match(`무료수신거부 ?080-?[0-9]{3,4}-?[0-9]{4}`, input.resource.spec.body)
}
