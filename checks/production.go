package checks

import (
	"encoding/json"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
	"github.com/shopspring/decimal"
)

// place is where a finding stands that no event of the recording tells of: in
// what the user gave.
type place string

// Ref names the place.
func (p place) Ref() string { return string(p) }

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// replies are the 2xx answers of a route, in order.
func (e *Evidence) replies(route string) []*recording.Exchange {
	var good []*recording.Exchange
	for _, x := range e.Calls(route) {
		if success(x.Status()) {
			good = append(good, x)
		}
	}
	return good
}

// cut reports whether a list that was walked was not read to its end.
func (e *Evidence) cut(route string) bool {
	answers := e.replies(route)
	if len(answers) == 0 {
		return false
	}
	var page struct {
		More bool `json:"has_more"`
	}
	return json.Unmarshal(answers[len(answers)-1].Response.Body.Bytes(), &page) == nil && page.More
}

// silent says why a route gave nothing to look at.
func (t *Trial) silent(route string) {
	r := t.Profile.Named(route)
	t.unread(r.Method+" "+r.Pattern, t.Calls(route))
}

// unread says why a read that was asked so often gave nothing to look at.
func (t *Trial) unread(read string, calls []*recording.Exchange) {
	again := "run golive cutover again"
	if t.Open.Production.Watch != nil {
		again = "run golive watch again"
	}
	if len(calls) == 0 {
		t.Missingf("%s was not asked: nothing is, before GET /v1/balances takes the key; %s when it does", read, again)
		return
	}
	last := calls[len(calls)-1]
	if last.Response != nil {
		t.Missingf("%s answered %d; %s when it answers 200", read, last.Status(), again)
		return
	}
	hint := ""
	if strings.Contains(last.Error, "x509: ") {
		hint = ", with --ca FILE where a proxy of yours opens TLS"
	}
	t.Missingf("%s got no answer: %s; %s where %s can be reached%s", read, orElse(last.Error, "no reason is known"), again, t.Open.Upstream, hint)
}

// tunnels are the domains of services that lead to somebody's own machine, or
// show deliveries to whoever looks.
var tunnels = strings.Fields(`ngrok.io ngrok.app ngrok.dev ngrok.com ngrok-free.app ngrok-free.dev ngrok.pizza loca.lt localtunnel.me
	trycloudflare.com serveo.net serveousercontent.com localhost.run lhr.life lhr.rocks lhr.pro pagekite.me telebit.io telebit.cloud
	tunnelto.dev bore.pub devtunnels.ms tunnels.api.visualstudio.com loophole.site loclx.io localxpose.io pinggy.io pinggy.link
	pinggy.online zrok.io playit.gg ts.net webhook.site requestbin.com requestcatcher.com beeceptor.com smee.io hookbin.com
	typedwebhook.tools webhook-test.com`)

// aTunnel is what is wrong with one: it is public, over https, and nothing for
// production.
const aTunnel = "is a tunnel or a bin for trials"

// closedNames are the ends of names that no public resolver knows.
var closedNames = strings.Fields("local localhost localdomain internal intranet private lan home corp home.arpa test invalid onion")

// unfit says what is wrong with the URL of a production webhook, "" when nothing is.
func unfit(address string) string {
	u, err := url.Parse(address)
	if err != nil || hostOf(u) == "" {
		return "is no absolute URL"
	}
	host := hostOf(u)
	within := func(domain string) bool { return host == domain || strings.HasSuffix(host, "."+domain) }
	switch {
	case u.Scheme != "https":
		return "is not https"
	case slices.ContainsFunc(tunnels, within):
		return aTunnel
	case slices.ContainsFunc(closedNames, within):
		return "has a host that is not public"
	}
	if at, err := netip.ParseAddr(host); err == nil {
		if closedAddress(at) {
			return "has a private address"
		}
		return "has an address in place of a name"
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last == host || last == "" || strings.Trim(last[:1], "abcdefghijklmnopqrstuvwxyz") != "" {
		return "has a host that is not public"
	}
	return ""
}

// closedRanges are addresses beside private, loopback and link-local ones that
// are not routed on the public Internet.
var closedRanges = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("fec0::/10"),
}

func closedAddress(at netip.Addr) bool {
	at = at.Unmap().WithZone("")
	return at.IsPrivate() || at.IsLoopback() || at.IsLinkLocalUnicast() || at.IsUnspecified() || at.IsMulticast() ||
		slices.ContainsFunc(closedRanges, func(r netip.Prefix) bool { return r.Contains(at) })
}

// closedAddresses reports whether a name was found to lead to an address that
// is not public; addresses are parted by blanks.
func closedAddresses(addresses string) bool {
	return slices.ContainsFunc(strings.Fields(addresses), func(text string) bool {
		at, err := netip.ParseAddr(text)
		return err == nil && closedAddress(at)
	})
}

// inSandbox reports whether an id is one that the sandbox run saw.
func (e *Evidence) inSandbox(id string) bool {
	return e.Certificate != nil && slices.Contains(e.Certificate.IDs, id)
}

// sources are the currencies that payouts are paid from: those of the declared
// corridors, else those of the plain operations.
func (e *Evidence) sources() []string {
	var all []string
	for _, c := range e.Open.Production.Corridors {
		all = append(all, c.From)
	}
	if all == nil {
		all = slices.Clone(e.Open.Currencies)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// available is the money free in each currency; what is no decimal is left out.
func available(answers []*recording.Exchange) map[string]decimal.Decimal {
	funds := map[string]decimal.Decimal{}
	for _, x := range answers {
		for _, raw := range listed(x.Response) {
			var m map[string]json.RawMessage
			if json.Unmarshal(raw, &m) != nil {
				continue
			}
			if amount, err := decimal.NewFromString(text(m, "available")); err == nil {
				funds[strings.ToUpper(text(m, "currency"))] = amount
			}
		}
	}
	return funds
}

// inCurrency writes an amount with its currency, at least at its scale.
func inCurrency(currency string, amount decimal.Decimal) string {
	scale, _ := anton.Scale(currency)
	return currency + " " + amount.StringFixed(max(int32(scale), -amount.Exponent()))
}
