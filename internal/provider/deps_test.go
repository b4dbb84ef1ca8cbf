package provider

// Temporary: holds the modules in go.mod until their users are written.
import (
	_ "github.com/hashicorp/go-retryablehttp"
	_ "github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	_ "github.com/hashicorp/terraform-plugin-go/tfprotov6"
	_ "github.com/hashicorp/terraform-plugin-log/tflog"
	_ "github.com/hashicorp/terraform-plugin-testing/helper/resource"
	_ "golang.org/x/sync/singleflight"
	_ "golang.org/x/time/rate"
	_ "pgregory.net/rapid"
)
