package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

func TestReadmeHasTheStepsOfTheDemo(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for i, step := range story {
		want = append(want, fmt.Sprintf("━━ %d. %s", i+1, step.title))
	}
	if got := regexp.MustCompile(`(?m)^━━ .*$`).FindAllString(string(text), -1); !slices.Equal(got, want) {
		t.Errorf("README.md has the steps %q, the demo %q", got, want)
	}
}
