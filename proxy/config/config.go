// Package config is golive.yaml: what the merchant tells the harness about the
// app. Every problem of a file is told with line, column and what to write
// instead; a *Config that Read or Parse returned is complete and valid.
package config

import (
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// Config is the whole file. Read and Parse fill in the defaults named here.
type Config struct {
	Profile      string                  `yaml:"profile"`      // a profile of fixtures/anton; default the first, 2026-02
	Merchant     recording.Merchant      `yaml:"merchant"`     // who the run is about; may be empty
	Upstream     string                  `yaml:"upstream"`     // Embedded (default), or the URL of a sandbox
	App          App                     `yaml:"app"`          // how the app is started and told where Anton is
	Webhook      Webhook                 `yaml:"webhook"`      // where the app takes deliveries
	Actions      Actions                 `yaml:"actions"`      // how to make the app act
	Currencies   []string                `yaml:"currencies"`   // of plain operations; default USD
	Concurrency  int                     `yaml:"concurrency"`  // operations side by side, 1 to 64; default 8
	Patience     time.Duration           `yaml:"patience"`     // how long a retry may take to come, 1s to 1h; default 60s
	Alerts       Alerts                  `yaml:"alerts"`       // the alert sink
	Corridors    []Corridor              `yaml:"corridors"`    // used in production, for the cutover
	Production   Production              `yaml:"production"`   // looked at by the cutover, read-only
	Attestations []recording.Attestation `yaml:"attestations"` // what named persons state
	Waivers      []string                `yaml:"waivers"`      // files that Anton signed with golive waive, from this file's own folder
	WaiverKey    string                  `yaml:"waiver_key"`   // the file of Anton's public key, which they must be signed with
}

// Embedded is the upstream that golive brings along.
const Embedded = "embedded"

// Routes by which the app reaches the proxy.
const (
	RouteProxy   = "proxy"    // the app calls Anton's host; HTTPS_PROXY leads it through
	RouteBaseURL = "base_url" // the app is given the proxy's address as its base URL
)

// Registrations of the app's webhook endpoint.
const (
	RegisteredByApp = "app"    // the app subscribes by itself
	RegisteredAside = "portal" // the harness subscribes on the app's behalf
)

// App is how the app is started, and how it learns where Anton is.
type App struct {
	Command   []string          `yaml:"command"` // empty: the app is already running, or the command came after --
	Dir       string            `yaml:"dir"`     // working folder; Read resolves it against the file's own folder
	Env       map[string]string `yaml:"env"`     // added to the environment
	Route     string            `yaml:"route"`   // RouteProxy (default) or RouteBaseURL
	Variables Variables         `yaml:"variables"`
	Ready     string            `yaml:"ready"`   // URL polled until 2xx; empty: none
	Logs      []string          `yaml:"logs"`    // globs relative to Dir, besides stdout and stderr
	Source    []string          `yaml:"source"`  // folders and files relative to Dir that are searched for keys and float money
	History   bool              `yaml:"history"` // what git keeps of Source is searched for keys too
	Public    []string          `yaml:"public"`  // files relative to Dir that browsers get
	Version   string            `yaml:"version"` // the app's own, for the report
}

// Variables are the names of the environment variables in which the app
// expects what the harness hands it.
type Variables struct {
	APIKey        string `yaml:"api_key"`        // default ANTON_API_KEY
	BaseURL       string `yaml:"base_url"`       // default ANTON_BASE_URL
	WebhookSecret string `yaml:"webhook_secret"` // default ANTON_WEBHOOK_SECRET
}

// Webhook is where the app takes deliveries.
type Webhook struct {
	URL          string `yaml:"url"`          // empty: the app takes none
	Registration string `yaml:"registration"` // RegisteredByApp (default) or RegisteredAside
}

// Alerts says whether the harness listens for the app's alerts.
type Alerts struct {
	Listen bool `yaml:"listen"`
}

// Corridor is a pair of currencies and a country that the merchant pays to.
type Corridor struct {
	From    string `yaml:"from"`    // currency
	To      string `yaml:"to"`      // currency
	Country string `yaml:"country"` // ISO 3166-1 alpha-2
}

// Production is what the cutover looks at.
type Production struct {
	Config  []string `yaml:"config"`  // files relative to the app's folder
	Payees  []string `yaml:"payees"`  // ids at Anton
	Webhook string   `yaml:"webhook"` // https URL
}
