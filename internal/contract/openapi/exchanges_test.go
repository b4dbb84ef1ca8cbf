//go:build contract

package openapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// recorded reads the exchanges that were recorded.
func recorded(t *testing.T) []neontest.Exchange {
	t.Helper()
	exchanges, err := recordings()
	if err != nil {
		t.Fatal(err)
	}
	return exchanges
}

var recordings = sync.OnceValues(func() (exchanges []neontest.Exchange, err error) {
	folder := os.Getenv(neontest.RecordVariable)
	files, err := filepath.Glob(filepath.Join(folder, "*.jsonl"))
	if err != nil {
		return nil, err
	}
	if folder == "" || len(files) == 0 {
		return nil, fmt.Errorf("no recordings in %q: \"make contract\" makes them", folder)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		for line := range bytes.Lines(text) {
			var e neontest.Exchange
			if err := json.Unmarshal(line, &e); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			exchanges = append(exchanges, e)
		}
	}
	return exchanges, nil
})

// TestExchanges validates every exchange. One problem is reported once, with the last exchange that has it.
func TestExchanges(t *testing.T) {
	c := readContract(t)
	exchanges := recorded(t)
	found, example := map[problem]int{}, map[problem]*neontest.Exchange{}
	for i := range exchanges {
		for _, p := range c.check(&exchanges[i]) {
			if excepted(p, &exchanges[i]) < 0 {
				found[p]++
				example[p] = &exchanges[i]
			}
		}
	}
	for p, n := range found {
		e := example[p]
		t.Errorf("%s (%d times), as in\n%s %s %s\n%d %s", p, n, e.Method, e.URL, e.RequestBody, e.Status, e.Body)
	}
	t.Logf("%d exchanges", len(exchanges))
}
