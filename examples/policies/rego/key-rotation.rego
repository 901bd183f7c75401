# `rotation` of an ApiKey is any text; here it is the month in which the key was made.
package reconciler.key_rotation

import rego.v1

violates if {
	input.drift.status != "unmanaged"
	not young
}

young if {
	regex.match(`^[0-9]{4}-(0[1-9]|1[0-2])$`, input.drift.applied.rotation)
	now - start_of_day(sprintf("%s-01", [input.drift.applied.rotation])) <= ((90 * 24) * 3600) * 1000000000
}

now := start_of_day(input.now) + seconds * 1000000000

seconds := ((part(input.now, 11) * 60) + part(input.now, 14)) * 60 + part(input.now, 17)

# Nanoseconds since 1970 at the beginning of the day that a moment in UTC begins with.
start_of_day(moment) := time.add_date(0, year - 1970, part(moment, 5) - 1, part(moment, 8) - 1) if {
	year := to_number(substring(moment, 0, 4))
}

part(moment, at) := to_number(substring(moment, at, 2))
