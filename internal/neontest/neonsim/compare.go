package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dcbae579/terraform-provider-neon/internal/neontest"
)

// maxUnchanged is how many rows of a table that have not changed are shown.
const maxUnchanged = 20

// table lists objects of one kind, before and after, by name.
type table struct {
	title         string
	onlyChanges   bool // what has not changed says nothing
	before, after map[string]string
}

// compare writes the organization before and after as tables in Markdown, which a terminal shows readably too.
func compare(out io.Writer, before, after neontest.OrganizationState) error {
	_, err := fmt.Fprintf(out, "## Rehearsal on a copy of %s (%s)\n", printable(before.Name), before.ID)
	for _, t := range tables(before, after) {
		if err == nil {
			err = t.write(out)
		}
	}
	return err
}

func tables(before, after neontest.OrganizationState) []table {
	list := []table{
		{title: "Member"},
		{title: "Open invitation"},
		{title: "API key"},
		{title: "Project role"},
		{title: "Project", onlyChanges: true},
		{title: "Setting", onlyChanges: true},
		{title: "VPC endpoint", onlyChanges: true},
	}
	for i := range list {
		list[i].before, list[i].after = map[string]string{}, map[string]string{}
	}
	fill(before, func(i int) map[string]string { return list[i].before })
	fill(after, func(i int) map[string]string { return list[i].after })
	return list
}

// fill adds the objects of an organization to the tables.
func fill(o neontest.OrganizationState, table func(int) map[string]string) {
	emails := map[string]string{}
	for _, m := range o.Members {
		emails[m.ID] = m.Email
		table(0)[m.Email] = m.Role
		if !m.Active() {
			table(0)[m.Email] += ", deactivated"
		}
	}
	for _, i := range o.OpenInvitations {
		if table(1)[i.Email] != "" {
			table(1)[i.Email] += ", "
		}
		table(1)[i.Email] += i.Role
	}
	for _, k := range o.APIKeys {
		table(2)[k.Name+" ("+strconv.FormatInt(k.ID, 10)+")"] = cmp.Or(k.ProjectID, "organization-wide")
	}
	for _, p := range o.Projects {
		table(4)[p.Name+" ("+p.ID+")"] = "here"
		for member, role := range p.Grants {
			table(3)[emails[member]+" in "+cmp.Or(p.Name, p.ID)] = role
		}
	}
	table(5)["plan"] = o.Plan
	if o.SpendingLimitCents != nil {
		table(5)["spending limit"] = strconv.FormatInt(*o.SpendingLimitCents, 10) + " cents"
	}
	for _, e := range o.VPCEndpoints {
		table(6)[e.ID+" in "+e.RegionID] = e.Label + ", " + e.State
	}
}

// write writes the rows that differ, then some of the others. Without any row it writes nothing.
func (t table) write(out io.Writer) error {
	rows := [][]string{{t.title, "Before", "After", ""}}
	names := slices.Sorted(maps.Keys(t.before))
	for name := range t.after {
		if _, had := t.before[name]; !had {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var same [][]string
	for _, name := range names {
		before, had := t.before[name]
		after, has := t.after[name]
		row := []string{name, cmp.Or(before, "–"), cmp.Or(after, "–"), ""}
		switch {
		case !had:
			row[3] = "gained"
		case !has:
			row[3] = "lost"
		case before != after:
			row[3] = "changed"
		default:
			same = append(same, row)
			continue
		}
		rows = append(rows, row)
	}
	if t.onlyChanges {
		same = nil
	}
	if len(rows) == 1 && len(same) == 0 {
		return nil
	}
	hidden := max(0, len(same)-maxUnchanged)
	rows = append(rows, same[:len(same)-hidden]...)
	if err := writeRows(out, rows); err != nil || hidden == 0 {
		return err
	}
	_, err := fmt.Fprintf(out, "\nand %d more that stay as they are\n", hidden)
	return err
}

func writeRows(out io.Writer, rows [][]string) error {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i := range row {
			row[i] = cell(row[i])
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	rule := make([]string, len(widths))
	for i, width := range widths {
		rule[i] = strings.Repeat("-", max(3, width))
	}
	var text strings.Builder
	text.WriteString("\n")
	for _, row := range slices.Insert(rows, 1, rule) {
		for i, value := range row {
			text.WriteString("| " + value + strings.Repeat(" ", max(0, max(3, widths[i])-utf8.RuneCountInString(value))) + " ")
		}
		text.WriteString("|\n")
	}
	_, err := io.WriteString(out, text.String())
	return err
}

// cell is foreign text that neither ends a cell nor moves a cursor.
func cell(text string) string { return strings.ReplaceAll(printable(text), "|", `\|`) }

// printable drops what is not to be seen, and bounds the length.
func printable(text string) string {
	const most = 200
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, text[:min(len(text), 4*most)])
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return text
}
