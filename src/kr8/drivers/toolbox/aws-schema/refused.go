package main

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
)

var errSchemaOnly = errors.New("this provider knows only the schema of hashicorp/aws: it can validate, and do nothing else")

// schemaOnly refuses whatever would need AWS.
type schemaOnly struct{}

func (schemaOnly) ConfigureProvider(
	context.Context, *tfprotov5.ConfigureProviderRequest,
) (*tfprotov5.ConfigureProviderResponse, error) {
	return nil, errSchemaOnly
}

func (schemaOnly) UpgradeResourceState(
	context.Context, *tfprotov5.UpgradeResourceStateRequest,
) (*tfprotov5.UpgradeResourceStateResponse, error) {
	return nil, errSchemaOnly
}

func (schemaOnly) UpgradeResourceIdentity(
	context.Context, *tfprotov5.UpgradeResourceIdentityRequest,
) (*tfprotov5.UpgradeResourceIdentityResponse, error) {
	return nil, errSchemaOnly
}

func (schemaOnly) ReadResource(
	context.Context, *tfprotov5.ReadResourceRequest,
) (*tfprotov5.ReadResourceResponse, error) {
	return nil, errSchemaOnly
}

func (schemaOnly) PlanResourceChange(
	context.Context, *tfprotov5.PlanResourceChangeRequest,
) (*tfprotov5.PlanResourceChangeResponse, error) {
	return nil, errSchemaOnly
}

func (schemaOnly) ApplyResourceChange(
	context.Context, *tfprotov5.ApplyResourceChangeRequest,
) (*tfprotov5.ApplyResourceChangeResponse, error) {
	return nil, errSchemaOnly
}

func (schemaOnly) ImportResourceState(
	context.Context, *tfprotov5.ImportResourceStateRequest,
) (*tfprotov5.ImportResourceStateResponse, error) {
	return nil, errSchemaOnly
}

func (schemaOnly) MoveResourceState(
	context.Context, *tfprotov5.MoveResourceStateRequest,
) (*tfprotov5.MoveResourceStateResponse, error) {
	return nil, errSchemaOnly
}

func (schemaOnly) GenerateResourceConfig(
	context.Context, *tfprotov5.GenerateResourceConfigRequest,
) (*tfprotov5.GenerateResourceConfigResponse, error) {
	return nil, errSchemaOnly
}

func (schemaOnly) ReadDataSource(
	context.Context, *tfprotov5.ReadDataSourceRequest,
) (*tfprotov5.ReadDataSourceResponse, error) {
	return nil, errSchemaOnly
}

func (schemaOnly) CallFunction(
	context.Context, *tfprotov5.CallFunctionRequest,
) (*tfprotov5.CallFunctionResponse, error) {
	return nil, errSchemaOnly
}

func (schemaOnly) ValidateEphemeralResourceConfig(
	context.Context, *tfprotov5.ValidateEphemeralResourceConfigRequest,
) (*tfprotov5.ValidateEphemeralResourceConfigResponse, error) {
	return nil, errSchemaOnly
}

func (schemaOnly) OpenEphemeralResource(
	context.Context, *tfprotov5.OpenEphemeralResourceRequest,
) (*tfprotov5.OpenEphemeralResourceResponse, error) {
	return nil, errSchemaOnly
}

func (schemaOnly) RenewEphemeralResource(
	context.Context, *tfprotov5.RenewEphemeralResourceRequest,
) (*tfprotov5.RenewEphemeralResourceResponse, error) {
	return nil, errSchemaOnly
}

func (schemaOnly) CloseEphemeralResource(
	context.Context, *tfprotov5.CloseEphemeralResourceRequest,
) (*tfprotov5.CloseEphemeralResourceResponse, error) {
	return nil, errSchemaOnly
}
