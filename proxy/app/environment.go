package app

import (
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/anton-payments/golive/fixtures/anton"
)

// Trust is what the app's environment is made of.
type Trust struct {
	Base     []string          // golive's own environment; its GOLIVE_ variables do not reach the app
	ProxyURL string            // "http://127.0.0.1:8080"; empty: the app is not proxied (route base_url)
	BaseURL  string            // where the app calls on the route base_url; its host stays direct
	CA       string            // file: the run's certificate alone, PEM
	Bundle   string            // file: the system's roots and the run's certificate, PEM
	Store    string            // file: the bundle as a PKCS#12 trust store under the usual password; empty: Java keeps its own
	Dir      string            // folder of the run that takes the small files made here
	Vars     map[string]string // the app's own variables, the API key and so on; they go before Base
}

// Environment is the complete environment of the child, in order of names: one
// that leads every common stack through the proxy and lets it trust the run's
// certificate. What is there already is added to, not replaced. The error is
// about the files in Dir.
func Environment(t Trust) ([]string, error) {
	e := environment{t: t, vars: map[string]string{}}
	for _, entry := range t.Base {
		name, value, found := strings.Cut(entry, "=")
		if found && name != "" && !strings.HasPrefix(name, "GOLIVE_") {
			e.vars[name] = value
		}
	}
	maps.Copy(e.vars, t.Vars)
	e.proxies()
	e.certificates()
	e.php()
	e.java()
	e.wget()
	e.preload()
	if e.err != nil {
		return nil, e.err
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(e.vars)) {
		all = append(all, name+"="+e.vars[name])
	}
	return all, nil
}

// environment is one that is being made. The first error stays.
type environment struct {
	t    Trust
	vars map[string]string
	err  error
}

func (e *environment) set(value string, names ...string) {
	for _, name := range names {
		e.vars[name] = value
	}
}

// write puts a small file into the run's folder, and answers its path.
func (e *environment) write(name, content string) string {
	path := filepath.Join(e.t.Dir, name)
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = os.WriteFile(path, []byte(content), 0o600)
	}
	if err != nil && e.err == nil {
		e.err = fmt.Errorf("file for the app's environment: %w", err)
	}
	return path
}

// proxies sets the proxy variables in both cases: curl and Ruby read http_proxy
// in small letters alone, others the large ones.
func (e *environment) proxies() {
	kept, _ := apart(e.vars["NO_PROXY"], e.vars["no_proxy"])
	for _, host := range []string{"localhost", "127.0.0.1", "::1", host(e.t.BaseURL)} {
		if host != "" && !slices.Contains(kept, host) {
			kept = append(kept, host)
		}
	}
	e.set(strings.Join(kept, ","), "NO_PROXY", "no_proxy")
	if e.t.ProxyURL == "" {
		return
	}
	e.set(e.t.ProxyURL, "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "grpc_proxy",
		"npm_config_proxy", "npm_config_https_proxy", "GLOBAL_AGENT_HTTP_PROXY")
	e.set("1", "NODE_USE_ENV_PROXY", // Node 22.21 and later, Deno's node:https; earlier ones do not look at it
		"PERL_LWP_ENV_PROXY")
}

// Bypasses are the entries of NO_PROXY in an environment that would lead the
// app past the proxy to Anton. Environment leaves them out; the caller says so.
func Bypasses(base []string) []string {
	var lists []string
	for _, entry := range base {
		name, value, _ := strings.Cut(entry, "=")
		if strings.EqualFold(name, "NO_PROXY") {
			lists = append(lists, value)
		}
	}
	_, dropped := apart(lists...)
	return dropped
}

// apart parts the entries of NO_PROXY lists into those that may stay and
// those that name one of Anton's hosts.
func apart(lists ...string) (kept, dropped []string) {
	for entry := range strings.FieldsFuncSeq(strings.Join(lists, ","), func(r rune) bool { return r == ',' || r == ' ' }) {
		switch {
		case slices.Contains(kept, entry) || slices.Contains(dropped, entry):
		case namesAnton(entry):
			dropped = append(dropped, entry)
		default:
			kept = append(kept, entry)
		}
	}
	return kept, dropped
}

func namesAnton(entry string) bool {
	name, _, _ := strings.Cut(strings.ToLower(entry), ":")
	name = strings.TrimLeft(name, "*.")
	for _, p := range anton.Profiles {
		for _, host := range []string{p.Sandbox, p.Production} {
			if entry == "*" || name == host || name != "" && strings.HasSuffix(host, "."+name) {
				return true
			}
		}
	}
	return false
}

func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
