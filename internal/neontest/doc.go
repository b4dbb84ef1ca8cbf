// Package neontest is a simulator of Neon's API v2, as far as it concerns organizations: API keys, members,
// invitations, projects and who the caller is. A [Server] is a stateful [net/http.Handler]; the command neonsim
// serves one on the loopback interface.
//
// It is written from Neon's own OpenAPI file, documentation and SDK types, and shares no code with any client, so
// that both cannot share a mistake. A comment names the source of each behaviour, and BEHAVIOUR.md is the
// table of them:
//
//	grade: spec   Neon's OpenAPI file says so
//	grade: docs   Neon's documentation says so
//	grade: sdk    the types of Neon's official SDK say so
//	grade: seen   a live answer was reported, by Neon's own tools or tests or by others
//	grade: guess  nobody says; the simulator does what seems likely, and mostly there is a switch in [Config]
//
// In a test:
//
//	sim := neontest.Start(t, neontest.Config{Latency: 5 * time.Millisecond, MaxPageSize: 3})
//	// point the client at sim.URL() with sim.PersonalKey(), then look at sim.Members(), sim.APIKeys(), sim.Requests()
//
// Where the environment has NEONTEST_RECORD, every simulator writes its exchanges into that folder, as [RecordVariable] says.
//
// The organization it starts with: lead@example.com and ops@example.com are admins, dev@example.com and
// data@example.com editors, audit@example.com a viewer; two projects; an organization-wide and a project-scoped API
// key. A second organization belongs to strangers.
package neontest
