package config_test

import (
	"reflect"
	"strings"
	"testing"

	merchant "github.com/anton-payments/golive/fixtures/merchants/go"
	"github.com/anton-payments/golive/proxy/config"
)

// What a run used reads back as the same configuration, app.env apart.
func TestUsedReadsBack(t *testing.T) {
	text := string(merchant.Golive(4000)) + `
production: { config: [deploy/prod.env], webhook: "https://merchant.example/hooks" }
corridors: [{ from: USD, to: EUR, country: DE }]
patience: 90s
concurrency: 3
`
	text = strings.Replace(text, "RETRY_BASE: 200ms", "DB_PASSWORD: hunter2", 1)
	text = strings.Replace(text, `amount: "${amount}"`, `amount: "${amount}"
      nothing: null
      odd: "yes"
      count: 12345678901234567890.10`, 1)
	c, err := config.Parse("golive.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	used, err := c.Used(func(value string) string { return "env:" + value[:1] })
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(used), "hunter2") {
		t.Errorf("the environment's values are in it:\n%s", used)
	}
	again, err := config.Parse("used.yaml", used)
	if err != nil {
		t.Fatalf("%v\n%s", err, used)
	}
	if c.App.Env["DB_PASSWORD"] != "hunter2" || again.App.Env["DB_PASSWORD"] != "env:h" {
		t.Errorf("environment %v, read back %v", c.App.Env, again.App.Env)
	}
	c.App.Env, again.App.Env = nil, nil
	if !reflect.DeepEqual(c, again) {
		t.Errorf("used\n%+v\nread back\n%+v\n%s", c, again, used)
	}
	if second, _ := c.Used(strings.ToLower); string(second) == "" || !reflect.DeepEqual(second, must(c.Used(strings.ToLower))) {
		t.Error("the same configuration gives other bytes")
	}
}

func must(b []byte, err error) []byte { return b }
