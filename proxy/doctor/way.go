package doctor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/anton-payments/golive/proxy/config"
	"github.com/anton-payments/golive/proxy/exercise"
	"github.com/anton-payments/golive/proxy/project"
	"github.com/anton-payments/golive/proxy/recording"
)

// heard reports whether anything of the app came on its way to Anton.
func heard(s *exercise.Signs) bool {
	return s != nil && len(s.Seen.Exchanges)+len(s.Seen.Handshakes) > 0
}

// trusts: the handshakes with the proxy succeed, and requests follow.
func (c *Case) trusts() (*Fault, string) {
	if f := c.distrust(&c.Signs); f != nil {
		return f, ""
	}
	if len(c.Signs.Seen.Exchanges) == 0 || c.plain() {
		return nil, ""
	}
	return nil, "the app trusts the run's certificate"
}

// distrust is the fault of an app that refuses the certificate. One handshake
// that broke off beside requests that came is a client that changed its mind.
func (c *Case) distrust(s *exercise.Signs) *Fault {
	seen := &s.Seen
	if s.Distrust == "" && (len(seen.Exchanges) > 0 || len(seen.Handshakes) == 0) {
		return nil
	}
	text := s.Distrust
	if text == "" {
		text = "the app connected and hung up without a request"
	}
	help := trustOf[cmp.Or(c.Stack, project.OfAgent(text))]
	return &Fault{
		Title: "the app does not trust the run's certificate",
		Seen:  []string{text, "that is how " + signature(seen) + " refuses"},
		Cause: help.cause,
		Cures: append(slices.Clone(help.cures), "keep what golive hands to the app in its environment: "+strings.Join(help.variables, ", ")),
	}
}

// signature is who refuses a certificate in the way that was seen; see proxy.md 3.2.
func signature(seen *recording.Recording) string {
	for _, h := range seen.Handshakes {
		switch {
		case h.Trap != "" || h.Error == "":
		case strings.Contains(h.Error, "bad certificate"), strings.Contains(h.Error, "certificate unknown"):
			return "Go, or a client of TLS 1.2,"
		case strings.Contains(h.Error, "bad record MAC"), strings.Contains(h.Error, "unknown certificate authority"):
			return "an OpenSSL client (Python, Ruby, PHP, curl)"
		case strings.Contains(h.Error, "EOF"), strings.Contains(h.Error, "reset"):
			return "Node or Java"
		}
	}
	return "a GnuTLS client (git, wget), or one that pins certificates,"
}

// arrived: a request came, by the route of golive.yaml.
func (c *Case) arrived() (*Fault, string) {
	s := &c.Signs
	switch {
	case len(s.Seen.Exchanges) > 0 && c.Config.App.Route == config.RouteBaseURL:
		return nil, "the app calls Anton by the base URL that it was handed"
	case len(s.Seen.Exchanges) > 0:
		return nil, "the app calls Anton through the proxy"
	case len(s.Passed) > 0:
		return c.elsewhere(s.Passed), ""
	case heard(c.Base):
		return c.ignored(), ""
	case c.mark(recording.MarkExited) != nil:
		return nil, "" // told as the app's end
	case s.Pay != "":
		return c.payFailed(), ""
	case c.Config.Actions.Pay == nil:
		return nil, ""
	}
	return c.unheard(), ""
}

// ignored: the same app was heard at once when its base URL led it.
func (c *Case) ignored() *Fault {
	f := &Fault{
		Title: "the app ignores HTTPS_PROXY: its calls go around the proxy",
		Seen:  []string{"nothing came by the proxy; with app.route: base_url the app's calls came"},
		Cause: proxyOf[c.Stack].cause,
		Cures: append([]string{"write app.route: base_url into golive.yaml (tried: it works)"}, proxyOf[c.Stack].cures...),
	}
	if c.distrust(c.Base) != nil {
		f.Cures[0] = "write app.route: base_url into golive.yaml; there the app does not trust the run's certificate yet: " + trustOf[c.Stack].cures[0]
	}
	return f
}

func (c *Case) unheard() *Fault {
	names := c.Config.App.Variables
	f := &Fault{
		Title: "no call of the app reached Anton",
		Seen:  append([]string{"the pay action succeeded, and no request followed"}, c.lastLines()...),
		Cause: "the app calls a fixed address without a proxy, or does not pay within 10 s, or not at all",
		Cures: append([]string{
			fmt.Sprintf("have the app read its base URL from %s and write app.route: base_url", names.BaseURL),
			"check that actions.pay submits the payout, and have a job that pays run more often",
		}, proxyOf[c.Stack].cures...),
	}
	if c.Base != nil {
		f.Seen = append(f.Seen, "nor did one with app.route: base_url")
	}
	return f
}

func (c *Case) elsewhere(hosts []string) *Fault {
	return &Fault{
		Title: fmt.Sprintf("wrong base URL: the app calls %s, not %s", strings.Join(hosts, " and "), c.Profile.Sandbox),
		Seen:  []string{"through the proxy came connections to " + strings.Join(hosts, ", ") + ", none to Anton"},
		Cause: "the base URL stands in the app's configuration or source",
		Cures: []string{fmt.Sprintf("have the app read its base URL from %s, which is handed to it as https://%s", c.Config.App.Variables.BaseURL, c.Profile.Sandbox),
			"name the variable that the app reads in golive.yaml: app.variables: { base_url: … }"},
	}
}

// addressed: the requests are for this run's host, over https, at Anton's paths.
func (c *Case) addressed() (*Fault, string) {
	known, strange := "", ""
	for _, x := range c.Signs.Seen.Exchanges {
		call := x.Request.Method + " " + x.Request.Path
		_, ok := c.Profile.Route(x.Request.Method, x.Request.Path)
		switch {
		case x.Request.Scheme == "http":
			return c.address("wrong base URL: the app calls Anton over http", call+" came without TLS and was refused"), ""
		case x.Request.Host == c.Profile.Production && refused(x):
			return c.address("wrong base URL: the app calls production, "+c.Profile.Production, call+" was refused: this run is for "+c.Profile.Sandbox), ""
		case ok:
			known = call
		default:
			strange = call
		}
	}
	switch {
	case known == "" && strange != "":
		return c.address("wrong base URL: the app calls paths that Anton does not have", strange), ""
	case known == "":
		return nil, ""
	}
	return nil, "the app calls the right host"
}

func (c *Case) address(title, seen string) *Fault {
	return &Fault{
		Title: title, Seen: []string{seen},
		Cause: "the base URL stands in the app's configuration or source, or is put together wrongly",
		Cures: []string{fmt.Sprintf("have the app read its base URL from %s, which is handed to it without a path, and add /v1/… to it", c.Config.App.Variables.BaseURL)},
	}
}

func refused(x *recording.Exchange) bool {
	return x.Fault != nil && x.Fault.Kind == recording.FaultRefused
}

// plain reports whether all that came was without TLS.
func (c *Case) plain() bool {
	return !slices.ContainsFunc(c.Signs.Seen.Exchanges, func(x *recording.Exchange) bool { return x.Request.Scheme == "https" })
}
