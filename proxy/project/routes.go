package project

import (
	"regexp"
	"strings"
)

// route is one that the source seems to serve.
type route struct {
	method string // "" when the source does not say
	path   string // parameters as ${reference}
	place  string
}

// spellings of a route: method and path are named groups.
var spellings = []*regexp.Regexp{
	// "POST /payouts", as Go, Node by hand and documentation have it
	regexp.MustCompile("[\"'`](?P<method>GET|POST|PUT|PATCH|DELETE) (?P<path>/[^\\s\"'`?]*)[\"'`]"),
	// app.post('/payouts'), router.Post("/payouts"), Route::post('/payouts'), @app.post("/payouts"), @PostMapping("/payouts"), MapPost("/payouts")
	regexp.MustCompile("(?i)(?:[.:@]|\\bMap|\\b)(?P<method>get|post|put|patch|delete)(?:Mapping)?\\s*\\(\\s*(?:value\\s*=\\s*|path\\s*=\\s*)?[\"'`](?P<path>/[^\"'`\\s?]*)[\"'`]"),
	// post '/payouts' do, as Sinatra and Rails have it
	regexp.MustCompile("(?m)^\\s*(?P<method>get|post|put|patch|delete)\\s+[\"'](?P<path>/[^\"'\\s?]*)[\"']"),
	// HandleFunc("/payouts"), @app.route("/payouts"), path("payouts/"), anything that looks like a path
	regexp.MustCompile("[\"'`](?P<method>)(?P<path>/[A-Za-z0-9_\\-/{}:<>]+)[\"'`]"),
}

// flaskMethods is the method of @app.route("/x", methods=["POST"]).
var flaskMethods = regexp.MustCompile(`^[^\n]*methods\s*=\s*[\[(]\s*["'](\w+)["']`)

func routesIn(files []file) (all []route) {
	spelled := map[string]bool{}
	for _, s := range spellings {
		method, at := s.SubexpIndex("method"), s.SubexpIndex("path")
		for _, f := range files {
			for _, m := range s.FindAllStringSubmatchIndex(f.text, -1) {
				r := route{strings.ToUpper(f.text[m[2*method]:m[2*method+1]]), parameters(f.text[m[2*at]:m[2*at+1]]), f.at(m[2*at])}
				if given := flaskMethods.FindStringSubmatch(f.text[m[1]:min(m[1]+200, len(f.text))]); given != nil {
					r.method = strings.ToUpper(given[1])
				}
				if own := r.path + " " + r.place; !strings.HasPrefix(r.path, "/v1/") && !(r.method == "" && spelled[own]) { // /v1 is Anton's
					spelled[own] = true
					all = append(all, r)
				}
			}
		}
	}
	return all
}

// parameter is a segment that stands for a value, in the spellings of the
// frameworks: {x}, :x, <x>, [x], *, ….
var parameter = regexp.MustCompile(`^(\{.*\}|:.+|<.*>|\[.*\]|\$\{?.*\}?|\*|…)$`)

func parameters(path string) string {
	segments := strings.Split(strings.TrimRight(path, "/"), "/")
	for i, s := range segments {
		if parameter.MatchString(s) {
			segments[i] = "${reference}"
		}
	}
	return strings.Join(segments, "/")
}

// What paths are called, in the order in which they are looked for.
var (
	hooks    = regexp.MustCompile(`(?i)(web-?hook|callback|notification|/hooks?\b)`)
	antons   = regexp.MustCompile(`(?i)anton`)
	healths  = regexp.MustCompile(`(?i)^/(healthz?|ready|readyz|readiness|livez|up|ping|actuator/health|health/ready|health/live)$`)
	payments = regexp.MustCompile(`(?i)/(payouts?|payments?|transfers?|withdrawals?|disbursements?|pay)$`)
	ledgers  = regexp.MustCompile(`(?i)/(ledger|events|history|entries|effects|journal|bookings)$`)
)

// ownSubscription is the route of Anton's at which an app registers its webhook.
var ownSubscription = regexp.MustCompile("(/v1/webhooks)[\"'`]")

// routes picks the routes that golive wants to call.
func (p *Project) routes(files []file) {
	all := routesIn(files)
	pick := func(name string, fits func(route) bool) string {
		for _, r := range all {
			if fits(r) {
				p.Found[name] = r.place
				return r.path
			}
		}
		return ""
	}
	p.Webhook = pick("webhook", func(r route) bool { return may(r, "POST") && hooks.MatchString(r.path) && antons.MatchString(r.path) })
	if p.Webhook == "" {
		p.Webhook = pick("webhook", func(r route) bool { return may(r, "POST") && hooks.MatchString(r.path) })
	}
	if _, place := first(files, ownSubscription); place != "" {
		p.Found["registration"] = place
	}
	p.Ready = pick("ready", func(r route) bool { return may(r, "GET") && healths.MatchString(r.path) })
	if pay := pick("pay", func(r route) bool { return may(r, "POST") && payments.MatchString(r.path) }); pay != "" {
		p.Pay = "POST " + pay
		p.below(pay, pick)
	}
}

func may(r route, method string) bool { return r.method == method || r.method == "" }

// below picks what stands under the path that pays.
func (p *Project) below(pay string, pick func(name string, fits func(route) bool) string) {
	one := pay + "/${reference}"
	under := func(name, method string, fits func(path string) bool) string {
		if path := pick(name, func(r route) bool { return may(r, method) && fits(r.path) }); path != "" {
			return method + " " + path
		}
		return ""
	}
	p.Status = under("status", "GET", func(path string) bool { return path == one || path == one+"/status" })
	p.List = under("list", "GET", func(path string) bool {
		rest, below := strings.CutPrefix(path, pay+"/")
		return below && !strings.Contains(rest, "${reference}") && !strings.Contains(rest, "/")
	})
	if p.List == "" {
		p.List = under("list", "GET", func(path string) bool { return path == pay })
	}
	p.Effects = under("effects", "GET", func(path string) bool { return strings.HasPrefix(path, one) && ledgers.MatchString(path) })
	p.Cancel = under("cancel", "POST", func(path string) bool { return path == one+"/cancel" })
}
