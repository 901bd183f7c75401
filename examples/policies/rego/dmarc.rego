# The label says which policy is published at _dmarc.<domain>; whoever looked it up sets it.
package reconciler.dmarc

import rego.v1

violates if not input.resource.labels.dmarc in {"quarantine", "reject"}
