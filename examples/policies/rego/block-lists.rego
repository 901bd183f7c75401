# In mode exclusive, people who opted out by themselves would be taken off the list.
package reconciler.block_lists

import rego.v1

violates if input.resource.spec.mode == "exclusive"
