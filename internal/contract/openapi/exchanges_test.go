//go:build contract

package openapi_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// recorded reads the exchanges that were recorded.
func recorded(t *testing.T) (exchanges []neontest.Exchange) {
	t.Helper()
	folder := os.Getenv(neontest.RecordVariable)
	files, err := filepath.Glob(filepath.Join(folder, "*.jsonl"))
	if err != nil || folder == "" || len(files) == 0 {
		t.Fatalf("no recordings in %q: \"make contract\" makes them (%v)", folder, err)
	}
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		lines := bufio.NewScanner(file)
		lines.Buffer(nil, 256<<20)
		for lines.Scan() {
			var e neontest.Exchange
			if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
				t.Fatal(name, err)
			}
			exchanges = append(exchanges, e)
		}
		if err := lines.Err(); err != nil {
			t.Fatal(name, err)
		}
	}
	return exchanges
}

func TestExchanges(t *testing.T) {
	c := readContract(t)
	exchanges := recorded(t)
	found, example := map[problem]int{}, map[problem]*neontest.Exchange{}
	for i := range exchanges {
		for _, p := range c.check(&exchanges[i]) {
			found[p]++
			example[p] = &exchanges[i]
		}
	}
	for p, n := range found {
		e := example[p]
		t.Errorf("%s (%d times), as in\n%s %s %s\n%d %s", p, n, e.Method, e.URL, e.RequestBody, e.Status, e.Body)
	}
	t.Logf("%d exchanges", len(exchanges))
}
