package config

import (
	_ "embed"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

//go:embed testdata/whole.yaml
var whole string

func TestParseWhole(t *testing.T) {
	got, err := Parse("golive.yaml", []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	want := &Config{
		Profile:  "2026-02",
		Merchant: recording.Merchant{Name: "Example Merchant Ltd", ID: "mer_01"},
		Upstream: Embedded,
		App: App{
			Command: []string{"node", "server.js"}, Dir: ".", Env: map[string]string{"PORT": "3000", "WORKERS": "2"}, Route: RouteBaseURL,
			Variables: Variables{APIKey: "PAY_KEY", BaseURL: "ANTON_BASE_URL", WebhookSecret: "ANTON_WEBHOOK_SECRET"},
			Ready:     "http://127.0.0.1:3000/health", Logs: []string{"logs/*.log"}, Source: []string{"."}, Public: []string{"dist/"}, Version: "1.4.2",
		},
		Webhook: Webhook{URL: "http://127.0.0.1:3000/webhooks/anton", Registration: RegisteredAside},
		Actions: Actions{
			Pay: &Action{
				HTTP: "POST http://127.0.0.1:3000/payouts?for=${reference}", Headers: map[string]string{"X-Reference": "${reference}"},
				JSON: map[string]any{
					"reference": "${reference}", "amount": "${amount}", "fee": json.Number("1.10"), "urgent": false,
					"tags": []any{"a", nil}, "payee": map[string]any{"email": "${email}"},
				},
			},
			List:   &Action{HTTP: "GET http://127.0.0.1:3000/payouts/all", Count: "$.count"},
			Status: &Action{HTTP: "GET http://127.0.0.1:3000/payouts/${reference}", Value: "$.data[0].status"},
			Cancel: &Action{Run: []string{"./cancel.sh", "${reference}"}},
		},
		Currencies: []string{"USD", "JPY"}, Concurrency: 4, Patience: 90 * time.Second, Alerts: Alerts{Listen: true},
		Corridors:  []Corridor{{"USD", "EUR", "DE"}},
		Production: Production{[]string{"deploy/prod.env"}, []string{"pye_1"}, "https://merchant.example/webhooks/anton"},
		Attestations: []recording.Attestation{{
			Check: "key-storage", Statement: "AWS Secrets Manager", By: "name@merchant.example", Date: "2026-11-20", Evidence: "docs/secrets.md",
		}},
		Waivers: []string{"waiver.json"}, WaiverKey: "anton.pub",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if names := strings.Join(got.Actions.Names(), " "); names != "pay list status cancel" {
		t.Errorf("actions given: %s", names)
	}
}

func TestParseDefaults(t *testing.T) {
	for _, text := range []string{"", "\n", "# nothing yet\n", "---\n", "app:\ncurrencies:\n"} {
		got, err := Parse("golive.yaml", []byte(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		want := &Config{
			Profile: "2026-02", Upstream: Embedded, Currencies: []string{"USD"}, Concurrency: 8, Patience: time.Minute,
			App: App{Dir: ".", Route: RouteProxy, Variables: Variables{"ANTON_API_KEY", "ANTON_BASE_URL", "ANTON_WEBHOOK_SECRET"}},
		}
		want.Webhook.Registration = RegisteredByApp
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v", text, got)
		}
	}
}

// Each member of testdata/problems.txt is a file and, after "=>", the lines
// that it is refused with.
func TestProblems(t *testing.T) {
	data, err := os.ReadFile("testdata/problems.txt")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(strings.TrimSpace(string(data)), "\n\n")
	if len(blocks) < 40 {
		t.Fatalf("%d cases only", len(blocks))
	}
	var now []string
	for _, block := range blocks {
		text, _, found := strings.Cut(block, "\n=>")
		if !found {
			t.Fatalf("no => in %q", block)
		}
		source := strings.NewReplacer(`\t`, "\t", "␤", "").Replace(text)
		_, err := Parse("golive.yaml", []byte(source+"\n"))
		if err == nil {
			t.Errorf("accepted:\n%s", text)
			continue
		}
		now = append(now, text+"\n=> "+strings.ReplaceAll(err.Error(), "\n", "\n=> "))
	}
	got := strings.Join(now, "\n\n") + "\n"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile("testdata/problems.txt", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for i, block := range strings.Split(strings.TrimSpace(got), "\n\n") {
		if i < len(blocks) && block != blocks[i] {
			t.Errorf("got\n%s\nwant\n%s", block, blocks[i])
		}
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "golive.yaml")
	if _, err := Read(path); err == nil || err.Error() != path+": not found; write one with golive init or give --config" {
		t.Errorf("missing: %v", err)
	}
	if err := os.WriteFile(path, []byte("app: { dir: shop }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Read(path)
	if err != nil || c.App.Dir != filepath.Join(dir, "shop") {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestFill(t *testing.T) {
	value := func(name string) string { return "<" + name + ">" }
	for text, want := range map[string]string{
		"":                      "",
		"plain $5 {x}":          "plain $5 {x}",
		"${a}":                  "<a>",
		"-${a}${b}-":            "-<a><b>-",
		"$${a}":                 "$<a>",
		"${a":                   "<${a>",
		"${}":                   "<>",
		"${reference}/${iban}}": "<reference>/<iban>}",
	} {
		if got := Fill(text, value); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestParsePath(t *testing.T) {
	for path, want := range map[string][]Step{
		"$":               nil,
		"$.a":             {{Member: "a"}},
		"$.a.b-c[0][12]":  {{Member: "a"}, {Member: "b-c"}, {Index: 0}, {Index: 12}},
		"$[3].status_now": {{Index: 3}, {Member: "status_now"}},
	} {
		got, err := ParsePath(path)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, %v", path, got, err)
		}
	}
	for _, path := range []string{"", "a", "$a", "$.", "$..a", "$.a[", "$.a[]", "$.a[-1]", "$.a[x]", "$.a b", "$.a[99999999]", "$.*"} {
		if _, err := ParsePath(path); err == nil {
			t.Errorf("%q accepted", path)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	data, err := os.ReadFile("testdata/problems.txt")
	if err != nil {
		f.Fatal(err)
	}
	for block := range strings.SplitSeq(string(data), "\n\n") {
		text, _, _ := strings.Cut(block, "\n=>")
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("golive.yaml", data)
		if (c == nil) == (err == nil) {
			t.Fatalf("config %v, error %v", c, err)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "golive.yaml:") {
			t.Errorf("no place: %v", err)
		}
	})
}
