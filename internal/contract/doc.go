// Package contract holds the simulator against what its author did not write: Neon's own command-line tool and SDKs, as
// published. They must work with the simulator as with Neon, and get the same refusals.
//
// The tests need Node.js and the build tag "contract"; "make contract" installs Neon's packages and runs them.
// The exchanges are recorded, and package openapi compares them with Neon's OpenAPI file.
package contract
