package config

import (
	"encoding/json"
	"fmt"
	"maps"

	"github.com/goccy/go-yaml"
)

// Used is the configuration in force, defaults filled in, as a golive.yaml that
// Parse reads. What stands under app.env is replaced by what withhold makes of
// it: secrets stand there.
func (c *Config) Used(withhold func(value string) string) ([]byte, error) {
	used := *c
	used.App.Env = maps.Clone(c.App.Env)
	for name, value := range used.App.Env {
		used.App.Env[name] = withhold(value)
	}
	number := yaml.CustomMarshaler(func(n json.Number) ([]byte, error) { return []byte(n), nil })
	text, err := yaml.MarshalWithOptions(used, yaml.OmitEmpty(), yaml.IndentSequence(true), number)
	if err != nil {
		return nil, fmt.Errorf("golive.yaml as used: %w", err)
	}
	return text, nil
}
