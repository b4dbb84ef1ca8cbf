package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// watchMemory follows the peak memory of Terraform and of the providers that it starts, as Linux tells it under
// /proc; elsewhere there is nothing to see. The returned function ends it.
func watchMemory(terraform int) func() (terraformKiB, providerKiB int) {
	end, done := make(chan struct{}), make(chan [2]int)
	go func() {
		var peak [2]int
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			_, kib := memoryOf(terraform)
			peak[0] = max(peak[0], kib)
			for _, child := range childrenOf(terraform) {
				// A child has its parent's name and memory until it becomes another program.
				if name, kib := memoryOf(child); strings.HasPrefix(name, "terraform-pro") {
					peak[1] = max(peak[1], kib)
				}
			}
			select {
			case <-end:
				done <- peak
				return
			case <-tick.C:
			}
		}
	}()
	return func() (int, int) {
		close(end)
		peak := <-done
		return peak[0], peak[1]
	}
}

// memoryOf reads a process's name and the most memory that it has had so far.
func memoryOf(pid int) (name string, kib int) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return "", 0
	}
	for line := range strings.Lines(string(raw)) {
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		switch words[0] {
		case "Name:":
			name = words[1]
		case "VmHWM:":
			kib, _ = strconv.Atoi(words[1])
		}
	}
	return name, kib
}

func childrenOf(pid int) (children []int) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		raw, _ := os.ReadFile(list)
		for word := range strings.FieldsSeq(string(raw)) {
			if child, err := strconv.Atoi(word); err == nil {
				children = append(children, child)
			}
		}
	}
	return children
}
