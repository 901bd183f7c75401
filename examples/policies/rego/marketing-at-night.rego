package reconciler.marketing_at_night

import rego.v1

violates if at_night(input.change, input.now)

at_night(change, now) if {
	side(change).category == "marketing"
	not by_day(now)
}

side(change) := change.before if change.action == "delete"

side(change) := change.after if change.action != "delete"

# `now` is in UTC, and Korea has no summer time.
by_day(now) if {
	hour := (to_number(substring(now, 11, 2)) + 9) % 24
	hour >= 8
	hour < 21
}
