package main

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// What `terraform providers schema -json` prints, compressed.
//
//go:embed schema.json.gz
var packed []byte

type printed struct {
	Providers map[string]written `json:"provider_schemas"`
}

// The types are left as they are written: few of them are asked for.
type written struct {
	Provider    schema                     `json:"provider"`
	Resources   map[string]json.RawMessage `json:"resource_schemas"`
	DataSources map[string]json.RawMessage `json:"data_source_schemas"`
}

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

var nestings = map[string]tfprotov5.SchemaNestedBlockNestingMode{
	"single": tfprotov5.SchemaNestedBlockNestingModeSingle,
	"list":   tfprotov5.SchemaNestedBlockNestingModeList,
	"set":    tfprotov5.SchemaNestedBlockNestingModeSet,
}

// read unpacks what is embedded.
func read() (written, error) {
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return written{}, err
	}
	content, err := io.ReadAll(unpacked)
	if err != nil {
		return written{}, err
	}
	var all printed
	if err := json.Unmarshal(content, &all); err != nil {
		return written{}, err
	}
	return all.Providers[address], nil
}

// served converts the schemas of the types named, of all where none is.
func (told written) served(only []string) (*tfprotov5.GetProviderSchemaResponse, error) {
	provider, err := told.Provider.converted()
	if err != nil {
		return nil, err
	}
	resources, err := converted(told.Resources, only)
	if err != nil {
		return nil, err
	}
	dataSources, err := converted(told.DataSources, only)
	return &tfprotov5.GetProviderSchemaResponse{
		ServerCapabilities: abilities,
		Provider:           provider,
		ResourceSchemas:    resources,
		DataSourceSchemas:  dataSources,
	}, err
}

// converted gives the schemas of the types named, of all where none is; a name without a schema is left out.
func converted(known map[string]json.RawMessage, only []string) (map[string]*tfprotov5.Schema, error) {
	names := only
	if len(only) == 0 {
		for name := range known {
			names = append(names, name)
		}
	}
	made := map[string]*tfprotov5.Schema{}
	for _, name := range names {
		text, here := known[name]
		if !here {
			continue
		}
		var told schema
		if err := json.Unmarshal(text, &told); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		one, err := told.converted()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		made[name] = one
	}
	return made, nil
}

func (told schema) converted() (*tfprotov5.Schema, error) {
	converted, err := told.Block.converted()
	return &tfprotov5.Schema{Version: told.Version, Block: converted}, err
}

func (told block) converted() (*tfprotov5.SchemaBlock, error) {
	made := &tfprotov5.SchemaBlock{}
	for name, one := range told.Attributes {
		converted, err := one.converted(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		made.Attributes = append(made.Attributes, converted)
	}
	for name, one := range told.Blocks {
		converted, err := one.converted(name)
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

func (told nested) converted(name string) (*tfprotov5.SchemaNestedBlock, error) {
	nesting, known := nestings[told.Nesting]
	if !known {
		return nil, fmt.Errorf("unknown nesting mode %q", told.Nesting)
	}
	inner, err := told.Block.converted()
	return &tfprotov5.SchemaNestedBlock{
		TypeName: name, Block: inner, Nesting: nesting, MinItems: told.Min, MaxItems: told.Max,
	}, err
}
