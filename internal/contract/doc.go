// Package contract holds the simulator against what its author did not write: Neon's own command-line tool and SDKs, as
// published. Whatever they do with Neon, they must be able to do with the simulator, and be refused likewise.
//
// The tests need Node.js and the build tag "contract"; "make contract" installs Neon's packages and runs them.
// What is said meanwhile is recorded, and package openapi holds it against Neon's OpenAPI file.
package contract
