// Package contract holds the simulator against what its author did not write: Neon's own command-line tool, as
// published. Whatever the tool does with Neon, it must be able to do with the simulator, and be refused likewise.
//
// The tests need Node.js and the build tag "contract"; "make contract" installs the tool and runs them.
package contract
