//go:build race

package neon_test

func init() { raceDetector = true }
