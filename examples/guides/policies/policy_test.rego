package main_test

import data.main

wednesday := time.parse_rfc3339_ns("2026-09-30T10:00:00+02:00")

saturday := time.parse_rfc3339_ns("2026-10-03T10:00:00+02:00")

friday_noon := time.parse_rfc3339_ns("2026-10-02T12:00:00+02:00")

friday_evening := time.parse_rfc3339_ns("2026-10-02T18:00:00+02:00")

member(actions, before, after) := {"resource_changes": [{
	"address": "neon_organization_member.x", "mode": "managed", "type": "neon_organization_member",
	"change": {"actions": actions, "before": before, "after": after, "after_unknown": {}},
}]}

list(before, after) := {"resource_changes": [{
	"address": "neon_organization_members_exclusive.x", "mode": "managed", "type": "neon_organization_members_exclusive",
	"change": {"actions": ["update"], "before": before, "after": after, "after_unknown": {}},
}]}

person(email, role) := {"email": email, "role": role, "status": "active"}

denied(plan, now) := messages if {
	messages := main.deny with input as plan
		with time.now_ns as now
		with data.approved_admins as ["lead@example.com"]
		with data.approved_guests as ["guest@partner.example"]
}

test_new_admin if {
	count(denied(member(["create"], null, person("new@example.com", "admin")), wednesday)) == 1
	count(denied(member(["update"], person("new@example.com", "editor"), person("new@example.com", "admin")), wednesday)) == 1
	count(denied(list({"members": {"new@example.com": "editor"}}, {"members": {"new@example.com": "admin"}}), wednesday)) == 1
}

test_no_new_admin if {
	count(denied(member(["create"], null, person("lead@example.com", "admin")), wednesday)) == 0 # approved
	count(denied(member(["create"], null, person("new@example.com", "editor")), wednesday)) == 0
	count(denied(member(["no-op"], person("old@example.com", "admin"), person("old@example.com", "admin")), wednesday)) == 0
	count(denied(list({"members": {"old@example.com": "admin"}}, {"members": {"old@example.com": "viewer"}}), wednesday)) == 0
}

test_domains if {
	count(denied(member(["create"], null, person("a@partner.example", "viewer")), wednesday)) == 1
	count(denied(member(["create"], null, person("a@evil-example.com", "viewer")), wednesday)) == 1
	count(denied(member(["create"], null, person("guest@partner.example", "viewer")), wednesday)) == 0
	count(denied(list({"members": {}}, {"members": {"a@example.com": "viewer", "b@partner.example": "viewer"}}), wednesday)) == 1
}

test_removal if {
	removal := member(["delete"], person("dev@example.com", "editor"), null)
	shorter := list({"members": {"a@example.com": "viewer", "b@example.com": "viewer"}}, {"members": {"a@example.com": "viewer"}})
	every plan in [removal, shorter] {
		count(denied(plan, wednesday)) == 0
		count(denied(plan, friday_noon)) == 0
		count(denied(plan, friday_evening)) == 1
		count(denied(plan, saturday)) == 1
	}
}

test_removes_nobody if {
	retained := object.union(person("dev@example.com", "editor"), {"retain_on_destroy": true})
	pending := object.union(person("dev@example.com", "editor"), {"status": "pending"})
	reported := list({"members": {"a@example.com": "viewer"}}, {"members": {}, "unlisted_members": {"a@example.com": "viewer"}})
	count(denied(member(["delete"], retained, null), saturday)) == 0
	count(denied(member(["delete"], pending, null), saturday)) == 0
	count(denied(member(["forget"], person("dev@example.com", "editor"), null), saturday)) == 0
	count(denied(reported, saturday)) == 0
}

test_unknown if {
	plan := {"resource_changes": [{
		"address": "neon_organization_member.x", "mode": "managed", "type": "neon_organization_member",
		"change": {"actions": ["create"], "before": null, "after": {"role": "viewer"}, "after_unknown": {"email": true}},
	}]}
	denied(plan, wednesday) == {"neon_organization_member.x: email is known only after apply: take it from a variable"}
}
