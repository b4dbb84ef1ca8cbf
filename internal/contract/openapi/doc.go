// Package openapi holds recorded exchanges, of the provider and of Neon's own tools with the simulator, against Neon's
// OpenAPI file as Neon publishes it with @neondatabase/api-client.
//
// The tests need the build tag "contract"; "make contract" fetches the file, records and runs them.
package openapi
