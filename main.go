// Command terraform-provider-neon serves the Terraform provider that manages a Neon organization.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/dcbae579/terraform-provider-neon/internal/neon"
	"github.com/dcbae579/terraform-provider-neon/internal/provider"
)

// version is stamped by the release build.
var version = "dev"

// settleTime is the time that Terraform allows a provider between stopping and killing it (2 seconds),
// minus the time to get here.
const settleTime = 1800 * time.Millisecond

func main() {
	log.SetOutput(neon.RedactLog(os.Stderr))
	debug := flag.Bool("debug", false, "serve for a debugger, printing what to set in TF_REATTACH_PROVIDERS")
	flag.Parse()

	factory, settle := provider.NewSettling(version)
	var opts []tf6server.ServeOpt
	if *debug {
		opts = append(opts, tf6server.WithManagedDebug())
	} else {
		leaveToTerraform(settle)
		logOnlyForReaders()
	}
	err := tf6server.Serve(provider.Address, func() tfprotov6.ProviderServer { return provider.NewServer(factory()) }, opts...)
	settleInTime(settle)
	if err != nil {
		log.Fatal(err)
	}
}

// settleInTime undoes operations with results that Terraform no longer takes. Only the log can report
// a failure then.
func settleInTime(settle func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), settleTime)
	defer cancel()
	if err := settle(ctx); err != nil {
		log.Print(err)
	}
}

// leaveToTerraform prevents a signal to the process group (SIGTERM; SIGHUP, when a terminal is closed) from
// killing the provider during a change: Terraform gets it too, stops the calls in progress, and asks the
// provider to stop. The provider ends by itself only after Terraform has ended.
func leaveToTerraform(settle func(context.Context) error) {
	signal.Ignore(syscall.SIGTERM, syscall.SIGHUP)
	if runtime.GOOS == "windows" {
		return // there, the parent's id stays the same when the parent has gone
	}
	parent := os.Getppid()
	go func() {
		for tick := time.Tick(250 * time.Millisecond); os.Getppid() == parent; {
			<-tick
		}
		settleInTime(settle)
		os.Exit(1)
	}()
}

// logOnlyForReaders disables logging that nobody can see. By default, the framework writes several
// lines for each call whatever the level, and Terraform reads and drops them; with thousands of resources
// that is a good part of what both of them do. Panics and Terraform's own messages are no log lines.
func logOnlyForReaders() {
	for _, variable := range os.Environ() {
		if name, value, _ := strings.Cut(variable, "="); value != "" && strings.HasPrefix(name, "TF_LOG") {
			return
		}
	}
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_PROVIDER_NEON"} {
		if err := os.Setenv(name, "OFF"); err != nil {
			return // it logs then
		}
	}
}
