package doctor_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/config"
	"github.com/anton-payments/golive/proxy/doctor"
	"github.com/anton-payments/golive/proxy/exercise"
	"github.com/anton-payments/golive/proxy/project"
	"github.com/anton-payments/golive/proxy/recording"
)

const handed = "test-key:0123456789"

// well is a set-up with nothing wrong.
func well(t *testing.T) *doctor.Case {
	t.Helper()
	c, err := config.Parse("golive.yaml", []byte(`
app: { ready: http://127.0.0.1:3000/health }
webhook: { url: http://127.0.0.1:3000/webhooks/anton }
actions:
  pay: { http: POST http://127.0.0.1:3000/payouts }
  status: { http: "GET http://127.0.0.1:3000/payouts/${reference}", value: $.status }
  list: { http: GET http://127.0.0.1:3000/payouts, count: $.count }
`))
	if err != nil {
		t.Fatal(err)
	}
	seen := recording.Recording{
		Open:       recording.Open{Handed: handed},
		Handshakes: []*recording.Handshake{{ID: "h1", Conn: "c1", Host: "api.antonpayments.dev", Version: "TLS 1.3"}},
		Exchanges:  []*recording.Exchange{call("POST", "/v1/webhooks", 201), call("POST", "/v1/payouts", 201)},
		Marks: []*recording.Mark{
			{Kind: recording.MarkStarted}, {Kind: recording.MarkReady},
			{Kind: recording.MarkAction, Facts: map[string]string{"action": "status", "code": "200", "value": "created"}},
			{Kind: recording.MarkAction, Facts: map[string]string{"action": "list", "code": "200", "value": "1"}},
		},
		Deliveries: []*recording.Delivery{{ID: "d1", Variant: recording.Genuine, Response: &recording.Response{Status: 204}}},
	}
	seen.Exchanges[0].Request.Body.Text = `{"url":"http://127.0.0.1:3000/webhooks/anton","events":["*"]}`
	seen.Deliveries[0].Request = recording.Request{Host: "127.0.0.1:3000", Path: "/webhooks/anton"}
	return &doctor.Case{Config: c, Profile: anton.Profiles[0], Signs: exercise.Signs{Seen: seen, App: exercise.Skew{Known: true}}}
}

func call(method, path string, status int) *recording.Exchange {
	return &recording.Exchange{
		ID: "x1", Operation: "GL-1",
		Request: recording.Request{Method: method, Scheme: "https", Host: "api.antonpayments.dev", Path: path,
			Header: map[string][]string{"Authorization": {"Bearer " + handed}}},
		Response: &recording.Response{Status: status},
	}
}

func shaking(words string) func(*doctor.Case) {
	return func(c *doctor.Case) {
		c.Signs.Seen.Exchanges = nil
		c.Signs.Seen.Handshakes[0].Error = words
		c.Signs.Distrust = "the app broke off 1 of its handshakes: " + words
	}
}

func TestDiagnose(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(*doctor.Case)
		first string
		tells string
	}{
		{"all well", func(*doctor.Case) {}, "✓ all is well", "✓ the app takes a genuine webhook"},
		{"one handshake broke off beside good ones", func(c *doctor.Case) {
			c.Signs.Seen.Handshakes = append(c.Signs.Seen.Handshakes, &recording.Handshake{ID: "h2", Error: "EOF"})
		}, "✓ all is well", ""},
		{"foreign hosts beside Anton", func(c *doctor.Case) { c.Signs.Passed = []string{"telemetry.example"} }, "✓ all is well", ""},
		{"clock within its tolerance", func(c *doctor.Case) { c.Signs.App.Ahead = -30 * time.Second }, "✓ all is well", ""},
		{"clock not told", func(c *doctor.Case) { c.Signs.App = exercise.Skew{} }, "✓ all is well", ""},

		{"Go", shaking("certificate not trusted: remote error: tls: bad certificate"), "✗ the app does not trust the run's certificate", "how Go,"},
		{"OpenSSL", shaking("certificate not trusted: local error: tls: bad record MAC"), "✗ the app does not trust the run's certificate", "OpenSSL client (Python"},
		{"OpenSSL, TLS 1.2", shaking("certificate not trusted: remote error: tls: unknown certificate authority"), "✗ the app does not trust the run's certificate", "OpenSSL client"},
		{"Node", shaking("certificate not trusted: EOF"), "✗ the app does not trust the run's certificate", "Node or Java"},
		{"GnuTLS", func(c *doctor.Case) { c.Signs.Seen.Exchanges = nil }, "✗ the app does not trust the run's certificate", "GnuTLS"},
		{"the cure of the stack", func(c *doctor.Case) { c.Stack = project.Python; shaking("local error: tls: bad record MAC")(c) }, "✗ the app does not trust", "verify="},
		{"the stack by its agent", func(c *doctor.Case) {
			shaking("EOF")(c)
			c.Signs.Distrust = "the app (axios/1.7.2) broke off 1 of its handshakes: EOF"
		}, "✗ the app does not trust", "NODE_EXTRA_CA_CERTS"},

		{"around the proxy", func(c *doctor.Case) {
			c.Base = &exercise.Signs{Seen: c.Signs.Seen}
			c.Signs.Seen.Exchanges, c.Signs.Seen.Handshakes = nil, nil
			c.Stack = project.Java
		}, "✗ the app ignores HTTPS_PROXY", "useSystemProperties()"},
		{"around the proxy, and no trust", func(c *doctor.Case) {
			c.Base = &exercise.Signs{Seen: recording.Recording{Handshakes: []*recording.Handshake{{Error: "EOF"}}}, Distrust: "the app broke off"}
			c.Signs.Seen.Exchanges, c.Signs.Seen.Handshakes = nil, nil
		}, "✗ the app ignores HTTPS_PROXY", "does not trust the run's certificate yet"},
		{"nothing by either route", func(c *doctor.Case) {
			c.Base = &exercise.Signs{}
			c.Signs.Seen.Exchanges, c.Signs.Seen.Handshakes = nil, nil
		}, "✗ no call of the app reached Anton", "nor did one with app.route: base_url"},
		{"never ready, elsewhere", func(c *doctor.Case) {
			c.Signs.Trouble, c.Signs.Passed = "the app is not ready after 30s: http://127.0.0.1:3000/health: it answered 503", []string{"api.example"}
			c.Signs.Seen.Exchanges, c.Signs.Seen.Handshakes = nil, nil
		}, "✗ wrong base URL: the app calls api.example", ""},
		{"never ready, nobody asked", func(c *doctor.Case) {
			c.Signs.Trouble = "the app is not ready after 30s: http://127.0.0.1:3000/health: it answered 503; is app.ready right?"
			c.Signs.Seen.Exchanges, c.Signs.Seen.Handshakes = nil, nil
		}, "✗ the app is not ready after 30s", "no call of it reached Anton"},
		{"never ready, beside good calls", func(c *doctor.Case) {
			c.Signs.Trouble = "the app is not ready after 30s: http://127.0.0.1:3000/health: it answered 404 Not Found; is app.ready right?"
		}, "✗ the app is not ready after 30s: http://127.0.0.1:3000/health: it answered 404 Not Found", ""},

		{"plain http", func(c *doctor.Case) {
			c.Signs.Seen.Handshakes = nil
			for _, x := range c.Signs.Seen.Exchanges {
				x.Request.Scheme, x.Fault, x.Response.Status = "http", &recording.Interference{Kind: recording.FaultRefused}, 403
			}
		}, "✗ wrong base URL: the app calls Anton over http", ""},
		{"no key", func(c *doctor.Case) { delete(c.Signs.Seen.Exchanges[1].Request.Header, "Authorization") }, "✗ the app calls Anton without a key", ""},
		{"the real key refused", func(c *doctor.Case) { c.Signs.Seen.Exchanges[0].Response.Status = 401 }, "✗ Anton refuses the key", "GOLIVE_UPSTREAM_KEY"},
		{"payout refused", func(c *doctor.Case) {
			c.Signs.Seen.Exchanges[1].Response = &recording.Response{Status: 422, Body: recording.Body{Text: `{"error":{"code":"validation_error","message":"account_number: required"}}`}}
		}, "✗ Anton refuses the payout: 422 validation_error: account_number: required", ""},
		{"no reference", func(c *doctor.Case) { c.Signs.Seen.Exchanges[1].Operation = "" }, "✗ the payout at Anton does not carry the reference", ""},
		{"not listening yet", func(c *doctor.Case) {
			c.Config.App.Ready, c.Signs.Ports = "", []string{"3000"}
			c.Signs.Pay = "POST http://127.0.0.1:3000/payouts: nothing listens there"
		}, "✗ wrong port: nothing listens on 127.0.0.1:3000", "not listening yet"},
		{"list fails", func(c *doctor.Case) {
			c.Signs.Seen.Marks[3].Facts = map[string]string{"action": "list", "code": "200", "error": "$.count: not in the answer, which is an object with data, total"}
		}, "✗ the list action fails: $.count: not in the answer, which is an object with data, total", "actions.list"},
		{"no value", func(c *doctor.Case) { c.Config.Actions.Status.Value = "" }, "✗ the status action names no value", ""},
		{"no webhook", func(c *doctor.Case) { c.Config.Webhook.URL, c.Signs.Seen.Deliveries = "", nil }, "✗ golive.yaml has no webhook.url", ""},
		{"webhook refused for its time", func(c *doctor.Case) {
			c.Signs.App.Ahead, c.Signs.Seen.Deliveries[0].Response.Status = -10*time.Minute, 401
		}, "✗ the app's clock is 10 minutes behind this machine's", ""},
		{"wrong path, and a right one registered", func(c *doctor.Case) {
			good := *c.Signs.Seen.Deliveries[0]
			c.Signs.Seen.Deliveries = append(c.Signs.Seen.Deliveries, &good)
			c.Config.Webhook.URL = "http://127.0.0.1:3000/hooks"
			c.Signs.Seen.Deliveries[0].Request.Path, c.Signs.Seen.Deliveries[0].Response = "/hooks", &recording.Response{Status: 404}
		}, "✗ wrong webhook path: the app answers 404 at http://127.0.0.1:3000/hooks", "write http://127.0.0.1:3000/webhooks/anton into webhook.url"},
		{"own clock", func(c *doctor.Case) { c.Signs.Anton = exercise.Skew{Known: true, Ahead: 3 * time.Hour} }, "✗ this machine's clock is 3 hours behind Anton's", ""},
		{"observed alone", func(c *doctor.Case) {
			c.Config.Actions = config.Actions{}
			c.Signs.Seen = recording.Recording{}
		}, "✗ actions missing in golive.yaml: pay, status, list", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := well(t)
			test.spoil(c)
			var told bytes.Buffer
			if err := doctor.Diagnose(c).Tell(&told); err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(told.String(), test.first) || !strings.Contains(strings.Join(strings.Fields(told.String()), " "), test.tells) {
				t.Errorf("want %q first, and %q:\n%s", test.first, test.tells, told.String())
			}
		})
	}
}

// Every stack has its own words for both faults that depend on it.
func TestEveryStackHasItsCure(t *testing.T) {
	for _, s := range []project.Stack{project.Node, project.Bun, project.Deno, project.Python, project.Ruby, project.PHP, project.Java, project.Go, project.DotNet, project.Rust} {
		c := well(t)
		c.Stack = s
		shaking("EOF")(c)
		trust := doctor.Diagnose(c).Faults[0]
		c = well(t)
		c.Stack, c.Base = s, &exercise.Signs{Seen: c.Signs.Seen}
		c.Signs.Seen.Exchanges, c.Signs.Seen.Handshakes = nil, nil
		around := doctor.Diagnose(c).Faults[0]
		for _, f := range []doctor.Fault{trust, around} {
			if f.Cause == "" || len(f.Cures) < 2 || f.Cures[0] == "" {
				t.Errorf("%s: %+v", s, f)
			}
		}
	}
}

// Whoever was heard need not be tried by the other route.
func TestUnheard(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*doctor.Case)
		want  bool
	}{
		"heard":   {func(*doctor.Case) {}, false},
		"unheard": {func(c *doctor.Case) { c.Signs.Seen.Exchanges, c.Signs.Seen.Handshakes = nil, nil }, true},
		"distrusts": {func(c *doctor.Case) {
			c.Signs.Seen.Exchanges = nil
		}, false},
		"elsewhere": {func(c *doctor.Case) {
			c.Signs.Seen.Exchanges, c.Signs.Seen.Handshakes, c.Signs.Passed = nil, nil, []string{"api.example"}
		}, false},
		"by the base URL already": {func(c *doctor.Case) {
			c.Signs.Seen.Exchanges, c.Signs.Seen.Handshakes, c.Config.App.Route = nil, nil, config.RouteBaseURL
		}, false},
		"not started": {func(c *doctor.Case) { c.Signs.Seen = recording.Recording{} }, false},
	} {
		c := well(t)
		test.spoil(c)
		if got := c.Unheard(); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
