package main

import (
	"io/fs"
	"os"
	"strings"
)

// onlyConfiguration is a folder without what Terraform leaves in it, for somebody may have tried the example there.
func onlyConfiguration(folder string) fs.FS { return configuration{os.DirFS(folder)} }

type configuration struct{ fs.FS }

// ReadDir lists the configuration's files.
func (c configuration) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(c.FS, name)
	var kept []fs.DirEntry
	for _, entry := range all {
		if !entry.IsDir() && strings.HasSuffix(entry.Name(), ".tf") {
			kept = append(kept, entry)
		}
	}
	return kept, err
}

func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
