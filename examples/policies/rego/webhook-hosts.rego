package reconciler.webhook_hosts

import rego.v1

violates if not regex.match(
	`^https://([a-z0-9-]+\.)*example\.com\.?(:[0-9]+)?([/?#][^\\]*)?$`,
	input.resource.spec.url,
)
