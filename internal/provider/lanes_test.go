package provider_test

import (
	"flag"
	"fmt"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// inLanes checks a property in several subtests at once, RAPID_CHECKS times in each (by default 100 times). With a given
// RAPID_SEED, as make test has one, all of them would draw the same; so each draws something of its own first.
func inLanes(t *testing.T, lanes int, property func(t *testing.T, rt *rapid.T)) {
	t.Helper()
	for lane := range lanes {
		t.Run(strconv.Itoa(lane), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) {
				rapid.SliceOfN(rapid.Byte(), lane, lane).Draw(rt, "lane")
				property(t, rt)
			})
		})
	}
}

// With one seed, no lane draws what another one draws, and each draws the same again.
func TestLanesDrawDifferently(t *testing.T) { // not parallel: the seed is the process's
	given := flag.Lookup("rapid.seed").Value.String()
	t.Cleanup(func() {
		if err := flag.Set("rapid.seed", given); err != nil {
			t.Error(err)
		}
	})
	if err := flag.Set("rapid.seed", "1"); err != nil {
		t.Fatal(err)
	}
	draw := func(name string) map[string]int {
		rounds := make(chan string, 100_000)
		t.Run(name, func(t *testing.T) {
			inLanes(t, 3, func(_ *testing.T, rt *rapid.T) {
				rounds <- fmt.Sprintf("%+v", rapid.SliceOfN(drawRound(), 3, 6).Draw(rt, "rounds"))
			})
		})
		close(rounds)
		drawn := map[string]int{}
		for round := range rounds {
			drawn[round]++
		}
		return drawn
	}
	first := draw("first")
	for round, times := range first {
		if times > 1 {
			t.Errorf("drawn %d times: %s", times, round)
		}
	}
	for round := range draw("again") {
		if first[round] == 0 {
			t.Errorf("drawn by the second run only: %s", round)
		}
	}
}
