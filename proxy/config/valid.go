package config

import (
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/goccy/go-yaml/ast"
)

// at notes a problem where the path stands, or where its nearest parent does.
func (f *file) at(path, format string, args ...any) {
	for {
		if node, ok := f.nodes[path]; ok {
			f.problem(first(node), format, args...)
			return
		}
		if path == "" {
			f.problems = append(f.problems, &Problem{f.name, 1, 1, fmt.Sprintf(format, args...)})
			return
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
}

// first is the node where a mapping begins: its first key.
func first(node ast.Node) ast.Node {
	if pairs, ok := mapping(node); ok && len(pairs) > 0 {
		return pairs[0].Key
	}
	return node
}

func (f *file) config(c *Config) {
	if _, err := anton.ByName(c.Profile); err != nil {
		f.at("profile", "%s", err)
	}
	f.upstream(c.Upstream)
	f.app(c.App)
	f.url("webhook.url", c.Webhook.URL, "http", "https")
	f.oneOf("webhook.registration", c.Webhook.Registration, RegisteredByApp, RegisteredAside)
	for _, name := range actionNames {
		if a := c.Actions.Named(name); a != nil {
			f.action(name, *a)
		}
	}
	f.currencies(c.Currencies)
	if c.Concurrency < 1 || c.Concurrency > 64 {
		f.at("concurrency", "concurrency is %d, want 1 to 64", c.Concurrency)
	}
	if c.Patience < time.Second || c.Patience > time.Hour {
		f.at("patience", "patience is %s, want 1s to 1h", c.Patience)
	}
	for i, corridor := range c.Corridors {
		f.corridor(fmt.Sprintf("corridors[%d]", i), corridor)
	}
	f.url("production.webhook", c.Production.Webhook, "https")
	for i, a := range c.Attestations {
		f.attestation(fmt.Sprintf("attestations[%d]", i), map[string]string{
			"check": a.Check, "statement": a.Statement, "by": a.By, "date": a.Date,
		})
	}
}

func (f *file) oneOf(path, value string, known ...string) {
	if !slices.Contains(known, value) {
		f.at(path, "%s is %q, want %s", path, value, strings.Join(known, " or "))
	}
}

// url wants an absolute URL of one of the schemes; empty is fine.
func (f *file) url(path, value string, schemes ...string) {
	if value == "" || absolute(value, schemes...) {
		return
	}
	example := "http://127.0.0.1:3000/path"
	if !slices.Contains(schemes, "http") {
		example = "https://merchant.example/path"
	}
	f.at(path, "%s is %q, want a URL such as %s", path, value, example)
}

func absolute(value string, schemes ...string) bool {
	u, err := url.Parse(value)
	return err == nil && slices.Contains(schemes, u.Scheme) && u.Hostname() != ""
}

func (f *file) upstream(value string) {
	if value == Embedded {
		return
	}
	u, err := url.Parse(value)
	if err != nil || !absolute(value, "https", "http") {
		f.at("upstream", "upstream is %q, want embedded or a URL such as https://api.antonpayments.dev", value)
		return
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		f.at("upstream", "upstream is %q: without TLS only on this machine, write https://", value)
	}
}

func (f *file) app(a App) {
	if slices.Contains(a.Command, "") {
		f.at("app.command", "app.command has an empty word")
	}
	f.oneOf("app.route", a.Route, RouteProxy, RouteBaseURL)
	f.url("app.ready", a.Ready, "http", "https")
	for name := range a.Env {
		f.variable("app.env."+name, name)
	}
	f.variable("app.variables.api_key", a.Variables.APIKey)
	f.variable("app.variables.base_url", a.Variables.BaseURL)
	f.variable("app.variables.webhook_secret", a.Variables.WebhookSecret)
	v := a.Variables
	if v.APIKey == v.BaseURL || v.APIKey == v.WebhookSecret || v.BaseURL == v.WebhookSecret {
		f.at("app.variables", "app.variables names one variable twice: %s, %s, %s", v.APIKey, v.BaseURL, v.WebhookSecret)
	}
	for i, glob := range a.Logs {
		if _, err := filepath.Match(glob, ""); err != nil || strings.Contains(glob, "**") {
			f.at(fmt.Sprintf("app.logs[%d]", i), "app.logs: %q is no pattern, want one such as logs/*.log", glob)
		}
	}
}

func (f *file) variable(path, name string) {
	outside := strings.IndexFunc(name, func(r rune) bool { return !isNameRune(r) })
	if name == "" || outside >= 0 || name[0] <= '9' {
		f.at(path, "%q is no name of an environment variable", name)
	}
}

func (f *file) currencies(all []string) {
	if len(all) == 0 {
		f.at("currencies", "currencies is empty, want at least one, such as [USD]")
	}
	for i, currency := range all {
		f.currency(fmt.Sprintf("currencies[%d]", i), currency)
		if slices.Index(all, currency) < i {
			f.at(fmt.Sprintf("currencies[%d]", i), "currency %s is given twice", currency)
		}
	}
}

func (f *file) currency(path, currency string) {
	if _, known := anton.Scale(currency); !known {
		f.at(path, "currency %q is not known, want one such as USD", currency)
	}
}

func (f *file) corridor(path string, c Corridor) {
	f.currency(path+".from", c.From)
	f.currency(path+".to", c.To)
	if len(c.Country) != 2 || strings.Trim(c.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		f.at(path+".country", "country %q is not known, want two letters such as DE", c.Country)
	}
}

// attestation wants to know who states what, and since when.
func (f *file) attestation(path string, members map[string]string) {
	for _, name := range []string{"check", "statement", "by", "date"} {
		if strings.TrimSpace(members[name]) == "" {
			f.at(path, "attestation without %q", name)
		}
	}
	if _, err := time.Parse(time.DateOnly, members["date"]); err != nil && members["date"] != "" {
		f.at(path+".date", "date %q is no day, want one such as 2026-11-20", members["date"])
	}
}
