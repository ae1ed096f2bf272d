package main

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// What `terraform providers schema -json` prints, a file for each type: only those that are asked for are unpacked.
//
//go:embed schema.zip
var packed []byte

type schema struct {
	Version int64 `json:"version"`
	Block   block `json:"block"`
}

type block struct {
	Attributes map[string]attribute `json:"attributes"`
	Blocks     map[string]nested    `json:"block_types"`
}

type attribute struct {
	Type       json.RawMessage `json:"type"`
	Required   bool            `json:"required"`
	Optional   bool            `json:"optional"`
	Computed   bool            `json:"computed"`
	Sensitive  bool            `json:"sensitive"`
	Deprecated bool            `json:"deprecated"`
	WriteOnly  bool            `json:"write_only"`
}

type nested struct {
	Block   block  `json:"block"`
	Nesting string `json:"nesting_mode"`
	Min     int64  `json:"min_items"`
	Max     int64  `json:"max_items"`
}

// What is served.
type selection struct {
	// All where none is named.
	types map[string]bool
	// All where none is named.
	blocks map[string]bool
}

// serves says whether a nested block is served: those that must be there always are.
func (only selection) serves(name string, told nested) bool {
	return len(only.blocks) == 0 || only.blocks[name] || told.Min > 0
}

var nestings = map[string]tfprotov5.SchemaNestedBlockNestingMode{
	"single": tfprotov5.SchemaNestedBlockNestingModeSingle,
	"list":   tfprotov5.SchemaNestedBlockNestingModeList,
	"set":    tfprotov5.SchemaNestedBlockNestingModeSet,
}

// served reads the schemas of what is selected.
func served(only selection) (*tfprotov5.GetProviderSchemaResponse, error) {
	files, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		return nil, err
	}
	provider, err := read(files, "provider.json", selection{})
	if err != nil {
		return nil, err
	}
	resources, err := readAll(files, "resources", only)
	if err != nil {
		return nil, err
	}
	dataSources, err := readAll(files, "data-sources", only)
	return &tfprotov5.GetProviderSchemaResponse{
		ServerCapabilities: abilities,
		Provider:           provider,
		ResourceSchemas:    resources,
		DataSourceSchemas:  dataSources,
	}, err
}

// readAll reads the schemas in a folder of the types selected; a name without a schema is left out.
func readAll(files *zip.Reader, folder string, only selection) (map[string]*tfprotov5.Schema, error) {
	made := map[string]*tfprotov5.Schema{}
	for _, file := range files.File {
		name := strings.TrimSuffix(path.Base(file.Name), ".json")
		if path.Dir(file.Name) != folder || len(only.types) > 0 && !only.types[name] {
			continue
		}
		one, err := read(files, file.Name, only)
		if err != nil {
			return nil, err
		}
		made[name] = one
	}
	return made, nil
}

// read reads one schema.
func read(files *zip.Reader, name string, only selection) (*tfprotov5.Schema, error) {
	content, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	var told schema
	if err := json.Unmarshal(content, &told); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	made, err := told.converted(only)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return made, nil
}

func (told schema) converted(only selection) (*tfprotov5.Schema, error) {
	converted, err := told.Block.converted(only)
	return &tfprotov5.Schema{Version: told.Version, Block: converted}, err
}

func (told block) converted(only selection) (*tfprotov5.SchemaBlock, error) {
	made := &tfprotov5.SchemaBlock{}
	for name, one := range told.Attributes {
		converted, err := one.converted(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		made.Attributes = append(made.Attributes, converted)
	}
	for name, one := range told.Blocks {
		if !only.serves(name, one) {
			continue
		}
		converted, err := one.converted(name, only)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		made.BlockTypes = append(made.BlockTypes, converted)
	}
	return made, nil
}

func (told attribute) converted(name string) (*tfprotov5.SchemaAttribute, error) {
	// Its authors do not promise the format to others; it is the one that Terraform prints.
	kind, err := tftypes.ParseJSONType(told.Type)
	return &tfprotov5.SchemaAttribute{
		Name:       name,
		Type:       kind,
		Required:   told.Required,
		Optional:   told.Optional,
		Computed:   told.Computed,
		Sensitive:  told.Sensitive,
		Deprecated: told.Deprecated,
		WriteOnly:  told.WriteOnly,
	}, err
}

func (told nested) converted(name string, only selection) (*tfprotov5.SchemaNestedBlock, error) {
	nesting, known := nestings[told.Nesting]
	if !known {
		return nil, fmt.Errorf("unknown nesting mode %q", told.Nesting)
	}
	inner, err := told.Block.converted(only)
	return &tfprotov5.SchemaNestedBlock{
		TypeName: name, Block: inner, Nesting: nesting, MinItems: told.Min, MaxItems: told.Max,
	}, err
}
