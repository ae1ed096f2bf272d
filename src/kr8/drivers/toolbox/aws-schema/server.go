package main

import (
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
)

// server answers what can be answered from the schema; most of it Terraform itself compares a configuration with.
type server struct {
	schemaOnly
	known func() (*tfprotov5.GetProviderSchemaResponse, error)
}

// newServer serves what is selected.
func newServer(only selection) tfprotov5.ProviderServer {
	// Read when it is asked for: Terraform starts a provider more than once, and asks only one for its schema.
	return &server{known: sync.OnceValues(func() (*tfprotov5.GetProviderSchemaResponse, error) {
		return served(only)
	})}
}

// A schema that was read once need not be read again before a configuration is validated.
var abilities = &tfprotov5.ServerCapabilities{GetProviderSchemaOptional: true}

func (s *server) GetProviderSchema(
	context.Context, *tfprotov5.GetProviderSchemaRequest,
) (*tfprotov5.GetProviderSchemaResponse, error) {
	return s.known()
}

func (s *server) GetMetadata(
	context.Context, *tfprotov5.GetMetadataRequest,
) (*tfprotov5.GetMetadataResponse, error) {
	return &tfprotov5.GetMetadataResponse{ServerCapabilities: abilities}, nil
}

func (s *server) GetResourceIdentitySchemas(
	context.Context, *tfprotov5.GetResourceIdentitySchemasRequest,
) (*tfprotov5.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov5.GetResourceIdentitySchemasResponse{}, nil
}

func (s *server) PrepareProviderConfig(
	_ context.Context, asked *tfprotov5.PrepareProviderConfigRequest,
) (*tfprotov5.PrepareProviderConfigResponse, error) {
	return &tfprotov5.PrepareProviderConfigResponse{PreparedConfig: asked.Config}, nil
}

func (s *server) StopProvider(
	context.Context, *tfprotov5.StopProviderRequest,
) (*tfprotov5.StopProviderResponse, error) {
	return &tfprotov5.StopProviderResponse{}, nil
}

func (s *server) ValidateResourceTypeConfig(
	_ context.Context, asked *tfprotov5.ValidateResourceTypeConfigRequest,
) (*tfprotov5.ValidateResourceTypeConfigResponse, error) {
	known, err := s.known()
	if err != nil {
		return nil, err
	}
	found, err := compared(known.ResourceSchemas[asked.TypeName], asked.Config)
	return &tfprotov5.ValidateResourceTypeConfigResponse{Diagnostics: found}, err
}

func (s *server) ValidateDataSourceConfig(
	_ context.Context, asked *tfprotov5.ValidateDataSourceConfigRequest,
) (*tfprotov5.ValidateDataSourceConfigResponse, error) {
	known, err := s.known()
	if err != nil {
		return nil, err
	}
	found, err := compared(known.DataSourceSchemas[asked.TypeName], asked.Config)
	return &tfprotov5.ValidateDataSourceConfigResponse{Diagnostics: found}, err
}

func (s *server) GetFunctions(
	context.Context, *tfprotov5.GetFunctionsRequest,
) (*tfprotov5.GetFunctionsResponse, error) {
	return &tfprotov5.GetFunctionsResponse{}, nil
}
