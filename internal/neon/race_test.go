//go:build race

package neon

func init() { raceDetector = true }
