// Command terraform-provider-neon serves the Terraform provider that manages a Neon organization.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/dcbae579/terraform-provider-neon/internal/provider"
)

// version is stamped by the release build.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "serve for a debugger, printing what to set in TF_REATTACH_PROVIDERS")
	flag.Parse()
	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address: provider.Address,
		Debug:   *debug,
	})
	if err != nil {
		log.Fatal(err)
	}
}
