// A provider for Terraform that knows the schema of hashicorp/aws 6.69.1 and nothing else: with it `terraform validate`
// checks a configuration for that version on a machine that has not got the real provider.
//
// What a schema does not say it does not know: values that are out of range, addresses that are none, arguments that
// exclude each other. It has no functions and no ephemeral resources, and refuses to plan, to read and to apply.
//
// Reading the schema of all 2,420 types takes Terraform a second, and types with thousands of nested blocks, such as that
// of a firewall's rules, take it seconds at every step. KR8_SCHEMA_TYPES names the types that are served, separated by
// commas, and KR8_SCHEMA_BLOCKS the nested blocks; without them all are. A block that must be there is always served.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5/tf5server"
)

const (
	address = "registry.terraform.io/hashicorp/aws"
	types   = "KR8_SCHEMA_TYPES"
	blocks  = "KR8_SCHEMA_BLOCKS"
)

func main() {
	only := selection{types: named(types), blocks: named(blocks)}
	provider := func() tfprotov5.ProviderServer { return newServer(only) }
	if err := tf5server.Serve(address, provider); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// named gives the names in a variable.
func named(variable string) map[string]bool {
	names := map[string]bool{}
	for _, name := range strings.FieldsFunc(os.Getenv(variable), func(letter rune) bool { return letter == ',' }) {
		names[name] = true
	}
	return names
}
