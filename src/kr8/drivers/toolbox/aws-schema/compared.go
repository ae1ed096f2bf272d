package main

import (
	"fmt"
	"sort"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// compared finds what Terraform leaves to providers: a value for what is only read, and what is deprecated.
func compared(schema *tfprotov5.Schema, config *tfprotov5.DynamicValue) ([]*tfprotov5.Diagnostic, error) {
	if schema == nil || config == nil {
		return nil, nil
	}
	value, err := config.Unmarshal(schema.ValueType())
	if err != nil {
		return nil, err
	}
	return inBlock(schema.Block, value, tftypes.NewAttributePath())
}

func inBlock(
	block *tfprotov5.SchemaBlock, value tftypes.Value, at *tftypes.AttributePath,
) ([]*tfprotov5.Diagnostic, error) {
	var values map[string]tftypes.Value
	if value.IsNull() || !value.IsKnown() {
		return nil, nil
	}
	if err := value.As(&values); err != nil {
		return nil, err
	}
	var found []*tfprotov5.Diagnostic
	for _, attribute := range block.Attributes {
		if !values[attribute.Name].IsNull() {
			found = append(found, inAttribute(attribute, at.WithAttributeName(attribute.Name))...)
		}
	}
	for _, nested := range block.BlockTypes {
		inner, err := inNested(nested, values[nested.TypeName], at.WithAttributeName(nested.TypeName))
		if err != nil {
			return nil, err
		}
		found = append(found, inner...)
	}
	sort.Slice(found, func(one, other int) bool {
		return found[one].Attribute.String() < found[other].Attribute.String()
	})
	return found, nil
}

func inAttribute(attribute *tfprotov5.SchemaAttribute, at *tftypes.AttributePath) []*tfprotov5.Diagnostic {
	told := func(severity tfprotov5.DiagnosticSeverity, summary, detail string) []*tfprotov5.Diagnostic {
		detail = fmt.Sprintf(detail, attribute.Name)
		return []*tfprotov5.Diagnostic{{Severity: severity, Summary: summary, Detail: detail, Attribute: at}}
	}
	if !attribute.Required && !attribute.Optional {
		const detail = "Can't configure a value for %q: its value will be decided automatically based on the result of applying this configuration."
		return told(tfprotov5.DiagnosticSeverityError, "Value for unconfigurable attribute", detail)
	}
	if attribute.Deprecated {
		return told(tfprotov5.DiagnosticSeverityWarning, "Argument is deprecated", "%q is deprecated.")
	}
	return nil
}

func inNested(
	nested *tfprotov5.SchemaNestedBlock, value tftypes.Value, at *tftypes.AttributePath,
) ([]*tfprotov5.Diagnostic, error) {
	if value.IsNull() || !value.IsKnown() {
		return nil, nil
	}
	if nested.Nesting == tfprotov5.SchemaNestedBlockNestingModeSingle {
		return inBlock(nested.Block, value, at)
	}
	var elements []tftypes.Value
	if err := value.As(&elements); err != nil {
		return nil, err
	}
	var found []*tfprotov5.Diagnostic
	for index, element := range elements {
		here := at // an element of a set has no place that could be told
		if nested.Nesting == tfprotov5.SchemaNestedBlockNestingModeList {
			here = at.WithElementKeyInt(index)
		}
		inner, err := inBlock(nested.Block, element, here)
		if err != nil {
			return nil, err
		}
		found = append(found, inner...)
	}
	return found, nil
}
