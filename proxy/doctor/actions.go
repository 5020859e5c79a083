package doctor

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/config"
	"github.com/anton-payments/golive/proxy/recording"
)

// needed are the actions without which items of the checklist stay undecided.
var needed = []string{"pay", "status", "list"}

// complete: golive.yaml has the actions that a certificate needs.
func (c *Case) complete() (*Fault, string) {
	var missing, blind []string
	for _, name := range needed {
		act := c.Config.Actions.Named(name)
		switch {
		case act == nil:
			missing = append(missing, name)
		case name != "pay" && act.Path() == "":
			blind = append(blind, name)
		}
	}
	switch {
	case len(missing) > 0:
		return &Fault{
			Title: "actions missing in golive.yaml: " + strings.Join(missing, ", "),
			Cause: "golive makes the app act through them; without one a person must do the same by hand, and what nobody does is never passed",
			Cures: []string{"add them under actions: pay submits a payout, status tells the app's word for one, list counts all of them", "golive init proposes them"},
		}, ""
	case len(blind) > 0:
		return &Fault{
			Title: fmt.Sprintf("the %s action names no value", strings.Join(blind, " and the ")),
			Cause: "golive cannot tell what the app answers without the path to it",
			Cures: []string{"write value: $.status, or for the list count: $.count, with the path in the app's answer"},
		}, ""
	}
	return nil, ""
}

// asked: an action of golive.yaml answers.
func asked(name string) func(*Case) (*Fault, string) {
	return func(c *Case) (*Fault, string) {
		for _, m := range c.Signs.Seen.Marks {
			if m.Kind == recording.MarkAction && m.Facts["action"] == name {
				return c.answer(name, m)
			}
		}
		return nil, ""
	}
}

func (c *Case) answer(name string, m *recording.Mark) (*Fault, string) {
	act, code := c.Config.Actions.Named(name), m.Facts["code"]
	f := &Fault{Seen: []string{place(act)}, Cures: []string{fmt.Sprintf("compare actions.%s in golive.yaml with the app's own API", name)}}
	switch {
	case m.Facts["error"] != "":
		f.Title = fmt.Sprintf("the %s action fails: %s", name, oneLine(m.Facts["error"]))
		return f, ""
	case len(act.Run) > 0 && code != "0":
		f.Title = fmt.Sprintf("the %s action fails: exit code %s", name, code)
		return f, ""
	case len(act.Run) == 0 && !strings.HasPrefix(code, "2"):
		f.Title = fmt.Sprintf("the %s action fails: it answered %s", name, code)
		return f, ""
	}
	return nil, fmt.Sprintf("the %s action answers", name)
}

func place(act *config.Action) string {
	if act.HTTP != "" {
		return act.HTTP
	}
	return strings.Join(act.Run, " ")
}

// subscriptions are the webhook URLs that the app registered at Anton.
func (c *Case) subscriptions() (urls []string) {
	for _, x := range c.Signs.Seen.Exchanges {
		r, _ := c.Profile.Route(x.Request.Method, x.Request.Path)
		var body struct{ URL string }
		if r.Name == anton.SubscriptionCreate && x.Status()/100 == 2 && json.Unmarshal(x.Request.Body.Bytes(), &body) == nil {
			urls = append(urls, body.URL)
		}
	}
	return urls
}

// registered: Anton knows where to send events.
func (c *Case) registered() (*Fault, string) {
	switch {
	case c.Config.Webhook.URL == "":
		return &Fault{
			Title: "golive.yaml has no webhook.url",
			Cause: "without it no webhook can be delivered, and no item about webhooks decided",
			Cures: []string{"write the URL at which the app takes Anton's webhooks: webhook: { url: http://127.0.0.1:3000/webhooks/anton }"},
		}, ""
	case c.Config.Webhook.Registration == config.RegisteredAside:
		return nil, "golive registers the webhook for the app"
	case len(c.subscriptions()) > 0:
		return nil, "the app registers its webhook at Anton"
	}
	return &Fault{
		Title: "the app registered no webhook at Anton",
		Seen:  []string{"no POST /v1/webhooks that Anton accepted"},
		Cures: []string{"write webhook: { registration: portal } if it is registered by hand in Anton's portal; golive then does so", "have the app register it at its start"},
	}, ""
}

// delivery is the last one to the URL of golive.yaml: Anton delivers to what the
// app registered. nil: none.
func (c *Case) delivery() (last *recording.Delivery) {
	for _, d := range c.Signs.Seen.Deliveries {
		if u, err := url.Parse(c.Config.Webhook.URL); err == nil && d.Request.Host == u.Host && d.Request.Path == u.EscapedPath() {
			last = d
		}
	}
	return last
}

// delivered: the app takes a genuine webhook.
func (c *Case) delivered() (*Fault, string) {
	d, at := c.delivery(), c.Config.Webhook.URL
	if d == nil {
		return nil, ""
	}
	seen := fmt.Sprintf("%s POST %s, %s, signed with the subscription's secret", d.ID, at, d.EventType)
	f := &Fault{Seen: append([]string{seen}, c.lastLines()...)}
	switch status := d.Status(); {
	case status/100 == 2:
		return nil, "the app takes a genuine webhook"
	case status == 0:
		f.Title = fmt.Sprintf("the webhook at %s cannot be delivered: %s", at, oneLine(d.Error))
		f.Cures = []string{"check host and port of webhook.url in golive.yaml"}
	case status == 404 || status == 405 || status/100 == 3:
		f.Title = fmt.Sprintf("wrong webhook path: the app answers %d at %s", status, at)
		f.Cures = []string{"write the path at which the app takes Anton's webhooks into webhook.url"}
		for _, own := range c.subscriptions() {
			f.Cures = append([]string{"write " + own + " into webhook.url: that is what the app registered at Anton"}, f.Cures...)
		}
	case status/100 == 4 && c.Signs.App.Ahead.Abs() > tolerance:
		return nil, "" // its clock is wrong: told above
	case status/100 == 4:
		f.Title = fmt.Sprintf("the app refuses a genuine webhook: it answered %d", status)
		f.Cause = "another secret, a signature made over other bytes than came, or another form of the header"
		f.Cures = []string{
			fmt.Sprintf("verify with the signing_secret of the subscription's answer or with %s", c.Config.App.Variables.WebhookSecret),
			"compute the HMAC-SHA256 over t, a dot, and the raw body, before any parsing; golive checks signature-raw-body tells more",
		}
	default:
		f.Title = fmt.Sprintf("the app fails at a genuine webhook: it answered %d", status)
		f.Cures = []string{"mend what fails; its last lines may tell"}
	}
	return f, ""
}
