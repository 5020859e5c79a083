package project

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// line of golive.yaml: what it says, and beside it where that comes from.
type line struct{ text, comment string }

const unfound = "not found in the source: check"

// YAML is the project as a golive.yaml with comments. What the source did not
// show is the usual, and says so.
func (p Project) YAML() []byte {
	base := "http://127.0.0.1:" + p.Port
	all := []line{
		{"# How golive certifies this app. Every key: golive init --schema. Is it right? golive doctor", ""},
		{"merchant: { name: " + quote(cmp.Or(p.Name, "Example Merchant Ltd")) + " }", "stands on the certificate"},
		{"upstream: embedded", "or https://api.antonpayments.dev, with your key in GOLIVE_UPSTREAM_KEY"},
		{"app:", ""},
	}
	all = append(all, p.app(base)...)
	all = append(all,
		line{"webhook:", ""},
		line{"  url: " + quote(base+cmp.Or(p.Webhook, "/webhooks/anton")), p.source("webhook", "")},
		line{"  registration: " + p.registration(), "app: it registers the webhook by itself; portal: golive does so on its behalf"},
		line{"actions:", "how golive makes the app act; values: ${reference}, ${amount}, …"},
	)
	all = append(all, p.actions(base)...)
	all = append(all,
		line{"currencies: [USD]", "that the app pays in"},
		line{"# attestations:", "what no wire shows, stated by a person"},
		line{`#   - { check: key-storage, statement: "AWS Secrets Manager", by: name@merchant.example, date: 2026-01-31 }`, ""},
		line{"# waivers: [INT-8.waiver.json]", "items that Anton lets pass, each a file that Anton signed"},
		line{"# waiver_key: anton.pub", "Anton's public key"},
	)
	return []byte(aligned(all))
}

func (p Project) app(base string) (all []line) {
	if len(p.Command) > 0 {
		all = append(all, line{"  command: " + list(p.words()), "or behind -- on the command line"})
	} else {
		all = append(all, line{"  # command: [node, server.js]", "not found: write it here, or behind -- on the command line"})
	}
	name, value := p.portVariable()
	all = append(all, line{fmt.Sprintf("  env: { %s: %s }", name, quote(value)), p.source("port", "where it listens; ")})
	all = append(all, line{"  route: " + p.Route, cmp.Or(p.Why, "its calls come through HTTPS_PROXY; base_url for clients that know no proxy")})
	if len(p.Variables) > 0 {
		var pairs []string
		for _, n := range names {
			if own := p.Variables[n.variable]; own != "" {
				pairs = append(pairs, n.variable+": "+own)
			}
		}
		all = append(all, line{"  variables: { " + strings.Join(pairs, ", ") + " }", "as the source names what golive hands over"})
	}
	if p.Ready != "" {
		all = append(all, line{"  ready: " + quote(base+p.Ready), p.source("ready", "polled until 2xx; ")})
	} else {
		all = append(all, line{"  # ready: " + base + "/health", "a URL that answers 2xx once the app can take orders"})
	}
	return append(all, line{`  source: ["."]`, "searched for keys and float money"})
}

// words are the command with the port in its place.
func (p Project) words() []string {
	words := slices.Clone(p.Command)
	for i := range words {
		words[i] = strings.ReplaceAll(words[i], "${port}", p.Port)
	}
	return words
}

func (p Project) portVariable() (name, value string) {
	switch {
	case p.Stack == DotNet:
		return "ASPNETCORE_URLS", "http://127.0.0.1:" + p.Port
	case p.Stack == Java && slices.ContainsFunc(p.Command, func(w string) bool { return strings.Contains(w, "oot") }):
		return "SERVER_PORT", p.Port // Spring Boot
	}
	return "PORT", p.Port
}

func (p Project) registration() string {
	if p.Found["registration"] != "" {
		return "app"
	}
	return "portal"
}

// actions are those needed, found or usual, and the others where they were found.
func (p Project) actions(base string) []line {
	pay := cmp.Or(p.Pay, "POST /payouts")
	_, path, _ := strings.Cut(pay, " ")
	all := []line{
		{"  pay:", p.source("pay", "submits one payout; ")},
		{"    http: " + quote(at(base, pay)), ""},
		{"    json:", "as the app's own API wants it"},
		{`      reference: "${reference}"`, "must come back in the payout's reference or description"},
		{`      amount: "${amount}"`, ""},
		{`      currency: "${currency}"`, ""},
		{`      payee: { first_name: "${first_name}", last_name: "${last_name}", email: "${email}", country: "${country}",`, ""},
		{`               account_number: "${account_number}", routing_number: "${routing_number}", iban: "${iban}" }`, ""},
		{"  status:", p.source("status", "the app's word for a payout; ")},
		{"    http: " + quote(at(base, cmp.Or(p.Status, "GET "+path+"/${reference}"))), ""},
		{"    value: $.status", "where it stands in the answer"},
		{"  list:", p.source("list", "how many payouts there are; ")},
		{"    http: " + quote(at(base, cmp.Or(p.List, "GET "+path))), ""},
		{"    count: $.count", "where it stands in the answer"},
	}
	if p.Effects != "" {
		all = append(all, line{"  effects:", p.source("effects", "changes when an event takes effect; ")}, line{"    http: " + quote(at(base, p.Effects)), ""})
	}
	if p.Cancel != "" {
		all = append(all, line{"  cancel:", p.source("cancel", "")}, line{"    http: " + quote(at(base, p.Cancel)), ""})
	}
	return all
}

// at puts the app's address into "METHOD /path".
func at(base, request string) string {
	method, path, _ := strings.Cut(request, " ")
	if strings.HasPrefix(path, "/") {
		path = base + path
	}
	return method + " " + path
}

// source is what a line is for, and where it was found.
func (p Project) source(name, purpose string) string {
	place := p.Found[name]
	if place == "" {
		place = unfound
	}
	return purpose + place
}

// quote is a text as YAML takes it: JSON's way, which is YAML's, too.
func quote(text string) string {
	out, _ := json.Marshal(text) // a string always is JSON
	return strings.NewReplacer(`\u0026`, "&", `\u003c`, "<", `\u003e`, ">").Replace(string(out))
}

func list(words []string) string {
	var quoted []string
	for _, w := range words {
		quoted = append(quoted, quote(w))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// aligned puts the comments of short lines in one column.
func aligned(all []line) string {
	const column = 44
	var b strings.Builder
	for _, l := range all {
		b.WriteString(l.text)
		if l.comment != "" {
			b.WriteString(strings.Repeat(" ", max(column-len([]rune(l.text)), 1)) + "# " + l.comment)
		}
		b.WriteString("\n")
	}
	return b.String()
}
