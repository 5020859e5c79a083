package checks

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

var webhookSubscription = add(&Check{
	ID:    "webhook-subscription",
	Title: "the app has a webhook subscription",
	Doc: `Polling alone learns late, or never, that a payout failed or came back; money
is then missing without anybody knowing.

Looked at: POST /v1/webhooks answered with 2xx, or a subscription read back as
active. Mend: subscribe when the app is deployed or started, or register the URL in
the portal and attest webhook-subscription in golive.yaml.`,
	Items:      []Item{Webhooks},
	Attestable: true,
	Run: func(t *Trial) {
		subs := t.subscriptions()
		for _, s := range subs {
			t.Saw(s.exchange)
		}
		if len(subs) > 0 {
			return
		}
		if x := t.paidUnsubscribed(); x != nil && t.attest == nil {
			t.Failf(x, "created a payout and never a webhook subscription, want POST /v1/webhooks answered with 2xx")
			return
		}
		t.Missingf("no webhook subscription was seen; let the app call POST /v1/webhooks or GET /v1/webhooks, or register it in the portal and attest webhook-subscription")
	},
})

var webhookEvents = add(&Check{
	ID:    "webhook-events",
	Title: "the subscription covers every end of a payout",
	Doc: `A subscription without payout.failed or payout.returned leaves the ledger at "paid"
while the money is back on the balance.

Looked at: the events of every subscription seen. Mend: subscribe to "*" or at
least to payout.completed, payout.failed, payout.returned and payout.cancelled.`,
	Items: []Item{Webhooks},
	Level: Should,
	Unless: func(e *Evidence) string {
		if e.Open.Registration == "portal" {
			return "the subscription is made in the portal"
		}
		return ""
	},
	Run: func(t *Trial) {
		subs := t.subscriptions()
		var events []string
		for _, s := range subs {
			t.Saw(s.exchange)
			events = append(events, s.events...)
		}
		if len(subs) == 0 {
			t.Missingf("no webhook subscription was seen; let the app call POST /v1/webhooks or GET /v1/webhooks")
			return
		}
		if slices.Contains(events, "*") {
			return
		}
		if lacking := t.lacking(events); len(lacking) > 0 {
			t.Failf(subs[len(subs)-1].exchange, "subscribed without %s, want every final event or *", strings.Join(lacking, ", "))
		}
	},
})

var webhookNotPolling = add(&Check{
	ID:    "webhook-not-polling",
	Title: "the app does not live on polling alone",
	Doc: `An app that only asks again and again spends its rate limit and still learns of a
returned payout late. Polling beside webhooks is fine.

Looked at: reads of one payout, three or more, in an app without a subscription.
Mend: subscribe to webhooks and poll only for what has been silent for long.`,
	Items: []Item{Webhooks},
	Run: func(t *Trial) {
		for _, s := range t.subscriptions() {
			t.Saw(s.exchange)
		}
		for _, a := range t.stated(webhookSubscriptionID) {
			t.Saw(a)
		}
		if t.verdict.Outcome == Pass {
			return
		}
		if d := t.portalDelivery(); d != nil {
			t.Saw(d)
			return
		}
		if !t.freshlySubscribes() || !t.polled() {
			t.Missingf("no webhook subscription was seen; let the app call POST /v1/webhooks or GET /v1/webhooks, or register it in the portal and attest webhook-subscription")
		}
	},
})

// webhookSubscriptionID is what an attestation of the subscription names.
const webhookSubscriptionID = "webhook-subscription"

// subscription is an active webhook subscription as an answer showed it.
type subscription struct {
	exchange *recording.Exchange
	events   []string
}

// subscriptions are the active ones that Anton confirmed to the app.
func (e *Evidence) subscriptions() []subscription {
	var found []subscription
	for _, x := range e.Exchanges {
		if !success(x.Status()) {
			continue
		}
		switch e.Route(x) {
		case anton.SubscriptionCreate:
			asked, _ := subscribed(json.RawMessage(x.Request.Body.Bytes()), true)
			got, _ := subscribed(e.single(x.Response), true)
			found = append(found, subscription{x, append(asked, got...)})
		case anton.SubscriptionList:
			for _, one := range listed(x.Response) {
				if events, active := subscribed(one, false); active {
					found = append(found, subscription{x, events})
				}
			}
		case "webhook-get", "webhook-update":
			if events, active := subscribed(e.single(x.Response), false); active {
				found = append(found, subscription{x, events})
			}
		}
	}
	return found
}

// single is an answer's object as JSON again, out of its envelope.
func (e *Evidence) single(r *recording.Response) json.RawMessage {
	raw, _ := json.Marshal(e.object(r))
	return raw
}

// subscribed reads the events of a subscription, and whether it is active.
func subscribed(raw json.RawMessage, created bool) (events []string, active bool) {
	var s struct {
		Status string   `json:"status"`
		Events []string `json:"events"`
	}
	if json.Unmarshal(raw, &s) != nil {
		return nil, created
	}
	return s.Events, created || s.Status == "active"
}

// listed are the entries of a list answer.
func listed(r *recording.Response) []json.RawMessage {
	var list struct {
		Data []json.RawMessage `json:"data"`
	}
	_ = json.Unmarshal(r.Body.Bytes(), &list)
	return list.Data
}

// freshlySubscribes reports whether this Anton can hold no subscription that
// the app did not make in this run: the embedded one is empty at its start.
func (e *Evidence) freshlySubscribes() bool {
	return e.Open.Upstream == "embedded" && e.Open.Registration != "portal"
}

// paidUnsubscribed is the first payout of an app that must have subscribed
// before; nil when that cannot be said.
func (e *Evidence) paidUnsubscribed() *recording.Exchange {
	if !e.freshlySubscribes() {
		return nil
	}
	for _, x := range e.payouts() {
		if success(x.Status()) {
			return x
		}
	}
	return nil
}

// lacking are the final events that are not among those given.
func (e *Evidence) lacking(events []string) []string {
	var absent []string
	for _, s := range []anton.Status{anton.Completed, anton.Failed, anton.Returned, anton.Cancelled} {
		if name := e.Profile.Events[s]; name != "" && !slices.Contains(events, name) {
			absent = append(absent, name)
		}
	}
	return absent
}

// portalDelivery is a genuine delivery that an app registered in the portal
// accepted.
func (e *Evidence) portalDelivery() *recording.Delivery {
	for _, d := range e.Delivered("", recording.Genuine) {
		if e.Open.Registration == "portal" && success(d.Status()) {
			return d
		}
	}
	return nil
}

// polled fails each payout that was read three times or more.
func (t *Trial) polled() bool {
	reads := map[string][]*recording.Exchange{}
	var order []string
	for _, x := range t.Calls(anton.PayoutGet) {
		if !success(x.Status()) {
			continue
		}
		if reads[x.Request.Path] == nil {
			order = append(order, x.Request.Path)
		}
		reads[x.Request.Path] = append(reads[x.Request.Path], x)
	}
	var habit tally
	for _, path := range order {
		if len(reads[path]) >= 3 {
			habit.add(reads[path][2], "polled a payout and has no webhook subscription")
		}
	}
	habit.fail(t, "events through POST /v1/webhooks")
	return len(habit.order) > 0
}
