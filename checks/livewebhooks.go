package checks

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

var liveWebhook = add(&Check{
	ID:    "live-webhook",
	Title: "an active webhook with a public https URL is registered in production",
	Doc: `Subscriptions do not carry over. Without one nobody learns that a payout failed or came
back.

Looked at: the answer to GET /v1/webhooks on the production host. Mend: register the
production URL, not a tunnel, with the events of the sandbox's.`,
	Items: liveWebhookItems,
	Live:  true,
	Run: func(t *Trial) {
		answers := t.replies(anton.SubscriptionList)
		if len(answers) == 0 {
			t.silent(anton.SubscriptionList)
			return
		}
		good, bad := t.registered()
		for _, s := range good {
			t.Saw(s.exchange)
			if lacking := t.lacking(s.events); len(lacking) > 0 && !slices.Contains(s.events, "*") {
				t.Advisef(s.exchange, "the webhook %s is told nothing of %s, want every final event or *", s.url, strings.Join(lacking, ", "))
			}
		}
		for _, s := range bad {
			say := t.Advisef
			if len(good) == 0 {
				say = t.Failf
			}
			say(s.exchange, "the active webhook %s %s, want a public https URL", s.url, s.unfit)
		}
		if len(good) == 0 && t.cut(anton.SubscriptionList) {
			t.Missingf("GET /v1/webhooks was not read to its end; run golive cutover again")
			return
		}
		if len(good)+len(bad) == 0 {
			t.Failf(answers[0], "no active webhook is registered, want one with a public https URL")
		}
		t.declared(good, answers[0])
	},
})

// declared wants the webhook that golive.yaml names among the good ones, however
// it is spelled.
func (t *Trial) declared(good []endpoint, answer *recording.Exchange) {
	wanted := t.Open.Production.Webhook
	if wanted == "" || len(good) == 0 || slices.ContainsFunc(good, func(s endpoint) bool { return plainURL(s.url) == plainURL(wanted) }) {
		return
	}
	if t.cut(anton.SubscriptionList) {
		t.Missingf("%s is not on the pages of GET /v1/webhooks that were read, and not all were; run golive cutover again", wanted)
		return
	}
	near := slices.IndexFunc(good, func(s endpoint) bool {
		return strings.TrimRight(plainURL(s.url), "/") == strings.TrimRight(plainURL(wanted), "/")
	})
	if near >= 0 {
		t.Failf(answer, "%s is registered, which is another path than %s in golive.yaml: want the one that the app serves in both", good[near].url, wanted)
		return
	}
	t.Failf(answer, "%s is not registered as active, want it as golive.yaml declares it", wanted)
}

// endpoint is an active subscription in production.
type endpoint struct {
	id, url  string
	events   []string
	exchange *recording.Exchange
	unfit    string // what is wrong with it; "": nothing
}

// registered are the active subscriptions in production, good and bad ones.
func (e *Evidence) registered() (good, bad []endpoint) {
	for _, x := range e.replies(anton.SubscriptionList) {
		for _, raw := range listed(x.Response) {
			var m map[string]json.RawMessage
			if json.Unmarshal(raw, &m) != nil || text(m, "status") != "active" {
				continue
			}
			s := endpoint{id: text(m, "id"), url: text(m, "url"), exchange: x}
			s.events, _ = subscribed(raw, false)
			switch s.unfit = unfit(s.url); {
			case s.unfit != "":
			case e.inSandbox(s.id):
				s.unfit = "has the id of the sandbox's, " + s.id
			case slices.ContainsFunc(e.receivers(s.url), func(m *recording.Mark) bool { return closedAddresses(m.Facts["addresses"]) }):
				s.unfit = "leads to a private address"
			}
			if s.unfit == "" {
				good = append(good, s)
				continue
			}
			bad = append(bad, s)
		}
	}
	return good, bad
}

// receivers are the handshakes with a webhook's host; "" means any.
func (e *Evidence) receivers(url string) []*recording.Mark {
	var found []*recording.Mark
	for _, m := range e.Marks {
		if m.Kind == recording.MarkReceiver && (url == "" || m.Facts["url"] == url) {
			found = append(found, m)
		}
	}
	return found
}

var liveReceiver = add(&Check{
	ID:    "live-receiver",
	Title: "the production receiver has a valid certificate and refuses unsigned deliveries",
	Doc: `Anton does not deliver to a receiver whose certificate does not validate, and anyone may
post to one that does not verify.

Looked at: a TLS handshake with the registered host; with --probe-webhook the answer to
one unsigned POST. Mend: a certificate with its whole chain, and verification in
production too.`,
	Items: liveWebhookItems,
	Live:  true,
	Run: func(t *Trial) {
		t.shaken()
		if !t.Open.Production.Probe {
			return
		}
		probes := t.Delivered("", recording.Missing)
		if len(probes) == 0 {
			t.Missingf("the unsigned POST was not sent: no receiver was fit for it")
		}
		for _, d := range probes {
			t.refused(d)
		}
	},
})

// shaken judges the handshakes with the registered receivers.
func (t *Trial) shaken() {
	seen := t.receivers("")
	for _, m := range seen {
		switch {
		case m.Facts["certificate"] != "":
			t.Failf(m, "the certificate of %s does not validate: %s, want one for that name with its whole chain", m.Facts["url"], m.Facts["certificate"])
		case m.Facts["version"] != "":
			t.Saw(m)
		default:
			t.Missingf("%s could not be reached: %s; run golive cutover where it can be", m.Facts["url"], m.Facts["error"])
		}
	}
	if len(seen) == 0 {
		t.Missingf("there was no receiver to look at; register the production webhook (live-webhook) and run golive cutover again")
	}
}

// refused judges the answer to the unsigned POST.
func (t *Trial) refused(d *recording.Delivery) {
	switch status := d.Status(); {
	case status == 0:
		t.Missingf("the unsigned POST got no answer: %s", d.Error)
	case status == 404 || status == 405 || status == 410:
		t.Saw(d)
		t.Advisef(d, "an unsigned POST was answered %d, want 400, 401 or 403: is the path right", status)
	case status >= 400 && status <= 499:
		t.Saw(d)
	case success(status):
		t.Failf(d, "an unsigned POST was accepted with %d, want 4xx", status)
	default:
		t.Failf(d, "an unsigned POST was answered %d, want 4xx", status)
	}
}

var tlsWebhook = add(&Check{
	ID:    "tls-webhook",
	Title: "the production webhook is https on a public host, with a chain that validates",
	Doc: `Deliveries hold payouts with names and amounts; over http anyone on the way reads and
changes them.

Looked at: the URL of each active webhook in production, and a TLS handshake with its host.
Mend: serve the receiver over https on a public name, with a certificate of a public
authority and its intermediates.`,
	Items: []Item{TLS},
	Live:  true,
	Unless: func(e *Evidence) string {
		if e.Open.Production == nil {
			return "the webhook of the sandbox may be on this machine; golive cutover judges production's"
		}
		return ""
	},
	Run: func(t *Trial) {
		if len(t.replies(anton.SubscriptionList)) == 0 {
			t.silent(anton.SubscriptionList)
			return
		}
		_, bad := t.registered()
		for _, s := range bad {
			switch {
			case s.unfit == "is not https":
				t.Failf(s.exchange, "the active webhook %s is plain http, want https", s.url)
			case s.unfit != aTunnel && !t.inSandbox(s.id):
				t.Failf(s.exchange, "the active webhook %s %s, want a public host", s.url, s.unfit)
			}
		}
		t.shaken()
	},
})
