package reconciler.sender_numbers

import rego.v1

violates if not input.resource.spec.sender in {"15446859", "0215880001"}
