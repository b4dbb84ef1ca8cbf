# Rules for plans: "terraform show -json tfplan" is the input, approvals.json is the data.
package main

# Adjust these three.
our_domains := {"example.com"}

time_zone := "Europe/Berlin"

friday_until := 15 # o'clock

deny contains message if {
	some person in after
	person.role == "admin"
	not person in before
	not person.email in data.approved_admins
	message := sprintf("%s would become an admin: add the address to approved_admins", [person.email])
}

deny contains message if {
	some person in after
	not our_address(person.email)
	not person.email in data.approved_guests
	message := sprintf("%s is not an address of ours: add it to approved_guests", [person.email])
}

deny contains message if {
	weekend
	some person in before
	not person.email in {other.email | some other in after}
	message := sprintf("%s would be removed over a weekend: apply on a working day", [person.email])
}

# What is not known yet cannot be checked.
deny contains message if {
	some change in managed
	change.type in {"neon_organization_members_exclusive", "neon_organization_member", "neon_organization_invitation"}
	some name in {"members", "email", "role"}
	change.change.after_unknown[name] == true
	message := sprintf("%s: %s is known only after apply: take it from a variable", [change.address, name])
}

our_address(email) if split(email, "@")[1] in our_domains

weekend if time.weekday([time.now_ns(), time_zone]) in {"Saturday", "Sunday"}

weekend if {
	time.weekday([time.now_ns(), time_zone]) == "Friday"
	time.clock([time.now_ns(), time_zone])[0] >= friday_until
}

managed contains change if {
	some change in input.resource_changes
	change.mode == "managed"
}

# Every person with the role, before and after the plan.
before contains person if {
	some change in managed
	some person in people(change.type, change.change.before)
}

after contains person if {
	some change in managed
	some person in people(change.type, change.change.after)
}

after contains person if {
	some change in managed
	removes_nobody(change)
	some person in people(change.type, change.change.before)
}

people("neon_organization_member", values) := [{"email": values.email, "role": values.role}]

people("neon_organization_invitation", values) := [{"email": values.email, "role": values.role}]

people("neon_organization_members_exclusive", values) := [{"email": email, "role": role} |
	some list in [values.members, object.get(values, "unlisted_members", {})]
	some email, role in list
]

# A resource can leave the state without a person losing access.
removes_nobody(change) if change.change.actions == ["forget"]

removes_nobody(change) if {
	change.change.actions == ["delete"]
	change.type in {"neon_organization_members_exclusive", "neon_organization_invitation"}
}

removes_nobody(change) if {
	change.change.actions == ["delete"]
	change.change.before.retain_on_destroy == true
}

removes_nobody(change) if {
	change.change.actions == ["delete"]
	change.change.before.status == "pending"
}
