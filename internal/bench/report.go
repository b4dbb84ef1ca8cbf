package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/dcbae579/terraform-provider-neon/internal/terraform"
)

// report prints what was measured in one setting as Markdown.
func report(rows []row, in setting) {
	switch {
	case in.limits:
		fmt.Printf("\n### Under Neon's published limits, %d ms latency\n\n", latency.Milliseconds())
	case in.remote:
		fmt.Print("\n### Without limits and latency, state behind HTTP\n\n")
	default:
		fmt.Print("\n### Without limits and latency\n\n")
	}
	fmt.Println("Apply / empty plan / destroy; memory is the highest of the three.")
	fmt.Println()
	fmt.Println("| N | of | requests | answers, KB | 429s | wall, s | × terraform_data | × idle provider | CPU, s " +
		"| memory of provider, Terraform, MB |")
	fmt.Println("|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|")
	floors, idles, largest := map[int]row{}, map[int]row{}, 0
	for _, r := range rows {
		switch r.kind.name {
		case floor:
			floors[r.n] = r
		case idle:
			idles[r.n] = r
		}
		largest = max(largest, r.n)
	}
	for _, r := range rows {
		each := func(show func(phase string, measured result) string) string {
			var words []string
			for _, phase := range phases {
				words = append(words, show(phase, r.results[phase]))
			}
			return strings.Join(words, " / ")
		}
		times := func(other row) string {
			if other.kind.name == r.kind.name {
				return "1"
			}
			return each(func(phase string, m result) string {
				return fmt.Sprintf("%.2f", m.wall.Seconds()/other.results[phase].wall.Seconds())
			})
		}
		requests, answers, refused, ratio, toIdle := "–", "–", "–", times(floors[r.n]), "–"
		provider, terraform := 0, 0
		for _, measured := range r.results {
			provider, terraform = max(provider, measured.provider), max(terraform, measured.terraform)
		}
		if r.kind.name != floor {
			toIdle = times(idles[r.n])
		}
		if !r.kind.compared() {
			requests = each(func(_ string, m result) string { return fmt.Sprint(m.requests) })
			answers = each(func(_ string, m result) string { return fmt.Sprintf("%.0f", float64(m.bytes)/1000) })
			refused = each(func(_ string, m result) string { return fmt.Sprint(m.refused) })
		}
		fmt.Printf("| %d | %s | %s | %s | %s | %s | %s | %s | %s | %s, %s |\n", r.n, r.kind.name, requests, answers, refused,
			each(func(_ string, m result) string { return fmt.Sprintf("%.2f", m.wall.Seconds()) }), ratio, toIdle,
			each(func(_ string, m result) string { return fmt.Sprintf("%.1f", m.cpu.Seconds()) }),
			megabytes(provider), megabytes(terraform))
	}
	fmt.Printf("\nRequests by route, N = %d:\n\n| of | phase | requests |\n|---|---|---|\n", largest)
	for _, r := range rows {
		if r.n != largest || r.kind.compared() {
			continue
		}
		for _, phase := range phases {
			fmt.Printf("| %s | %s | %s |\n", r.kind.name, phase, r.results[phase].routes)
		}
	}
}

func megabytes(kib int) string {
	if kib == 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f", float64(kib)*1024/1e6)
}

// reportProvider prints what the provider costs before it does anything: its size, and how long it takes from the
// start to the line with Terraform's connection address.
func (b *bench) reportProvider(ctx context.Context) error {
	info, err := os.Stat(b.built)
	if err != nil {
		return err
	}
	best, memory := time.Hour, 0
	for range 10 {
		took, kib, err := b.start(ctx)
		if err != nil {
			return err
		}
		if took < best {
			best, memory = took, kib
		}
	}
	version, err := terraform.Workspace{Binary: b.binary}.Version(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("%s, %s, %d CPUs. The provider: %.1f MB (stripped); start %.0f ms, then %s MB of memory (best of 10).\n",
		version.Name, runtime.Version(), runtime.NumCPU(), float64(info.Size())/1e6, best.Seconds()*1000, megabytes(memory))
	return nil
}

// start starts the provider as Terraform does and ends it when it can be connected to.
func (b *bench) start(ctx context.Context) (took time.Duration, kib int, err error) {
	cmd := exec.CommandContext(ctx, b.built)
	// Terraform sets this value when it starts a provider; it is not a secret.
	cmd.Env = terraform.Environment(
		"TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2", "PLUGIN_PROTOCOL_VERSIONS=6")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, 0, err
	}
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	took = time.Since(started)
	_, kib = memoryOf(cmd.Process.Pid)
	_ = cmd.Process.Kill() // it has nothing to do yet
	_ = cmd.Wait()
	if err == nil && !strings.HasPrefix(line, "1|6|") {
		err = fmt.Errorf("the provider says %q when it starts", line)
	}
	return took, kib, err
}
