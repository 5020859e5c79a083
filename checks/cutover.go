package checks

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

// The cutover's checks look at production, which was only read. On a recording
// of the sandbox they are inconclusive.

var (
	liveKeyItems     = []Item{LiveKeys, LaunchLiveKeys}
	liveWebhookItems = []Item{LiveWebhooks, LaunchWebhook}
)

var liveKey = add(&Check{
	ID:    "live-key",
	Title: "the production key is a live key and is accepted",
	Doc: `With the sandbox's key every payout of the first day is refused.

Looked at: the form of the key, and the answer to GET /v1/balances on the production
host. Mend: make an ak_live_ key in the portal and give it to the deployment.`,
	Items: liveKeyItems,
	Live:  true,
	Run: func(t *Trial) {
		if kind, _, _ := strings.Cut(t.Open.Production.Key, ":"); kind != recording.KindLiveKey {
			what := map[string]string{recording.KindTestKey: "a test key"}[kind]
			t.Failf(place("ANTON_LIVE_KEY"), "the key given is %s, want one that begins with ak_live_", orElse(what, "no key of Anton's form"))
			return
		}
		for _, x := range t.Calls(anton.BalanceList) {
			if success(x.Status()) {
				t.Saw(x)
			}
			if x.Status() == 401 || x.Status() == 403 {
				t.Failf(x, "GET /v1/balances answered %d, want 200 with the production key", x.Status())
			}
		}
		if t.verdict.Outcome == NotApplicable {
			t.silent(anton.BalanceList)
		}
	},
})

var liveConfig = add(&Check{
	ID:    "live-config",
	Title: "nothing of the sandbox is left in the production configuration",
	Doc: `A forgotten sandbox host or test key sends real invoices to a bank that does not exist.

Looked at: the production configuration files named in golive.yaml, line by line.
Mend: change base URL and key together.`,
	Items: liveKeyItems,
	Live:  true,
	Run: func(t *Trial) {
		for _, f := range t.Findings {
			switch kept, within := strings.CutPrefix(f.Place, "config:"); {
			case !within || kept == "":
			case f.Kind == recording.KindTestKey:
				t.Failf(f, "a test key, want the live key from a secrets manager")
			case f.Kind == "sandbox-host":
				t.Failf(f, "the sandbox's host %s, want %s", t.Profile.Sandbox, t.Profile.Production)
			case f.Kind == recording.KindLiveKey:
				t.Advisef(f, "the live key stands in a file, want it in a secrets manager")
			}
		}
		for _, m := range t.Marks {
			if m.Kind == recording.MarkConfig {
				t.Saw(m)
			}
		}
		if t.verdict.Outcome == NotApplicable {
			t.Missingf("no production configuration was given; name its files in golive.yaml, production.config")
		}
	},
})

var liveCorridors = add(&Check{
	ID:    "live-corridors",
	Title: "every corridor that is used is active in production",
	Doc: `Production does not open every corridor that the sandbox has; the first payout into a
closed one is refused.

Looked at: the corridors declared in golive.yaml and the answer to GET /v1/corridors.
Mend: have the corridor enabled by Anton before the cutover.`,
	Items: []Item{LiveCorridors},
	Live:  true,
	Run: func(t *Trial) {
		answers := t.replies("corridor-list")
		if len(t.Open.Production.Corridors) == 0 {
			t.Missingf("no corridor is declared; list in golive.yaml, corridors, those that the app pays through")
			return
		}
		if len(answers) == 0 {
			t.silent("corridor-list")
			return
		}
		shown, readable := corridorsOf(answers)
		if !readable {
			t.Missingf("the answer to GET /v1/corridors does not name source_currency, dest_currency, dest_country and active; ask Anton for the corridors of this account")
			return
		}
		for _, c := range t.Open.Production.Corridors {
			switch active, listed := shown[c]; {
			case active:
				t.Saw(answers[0])
			case t.cut("corridor-list"):
				t.Missingf("the corridor %s is not on the pages of GET /v1/corridors that were read, and not all were; run golive cutover again", c)
			case listed:
				t.Failf(answers[0], "the corridor %s is not active, want it active", c)
			default:
				t.Failf(answers[0], "the corridor %s is not listed, want it active", c)
			}
		}
	},
})

// corridorsOf are the corridors that answers list, and whether any is active;
// readable is false when a list has entries and none can be read as one.
func corridorsOf(answers []*recording.Exchange) (shown map[recording.Corridor]bool, readable bool) {
	shown, readable = map[recording.Corridor]bool{}, true
	entries := 0
	for _, x := range answers {
		for _, raw := range listed(x.Response) {
			entries++
			var c struct {
				From    string `json:"source_currency"`
				To      string `json:"dest_currency"`
				Country string `json:"dest_country"`
				Active  *bool  `json:"active"`
			}
			if json.Unmarshal(raw, &c) != nil || c.From == "" || c.Active == nil {
				continue
			}
			of := recording.Corridor{From: strings.ToUpper(c.From), To: strings.ToUpper(c.To), Country: strings.ToUpper(c.Country)}
			shown[of] = shown[of] || *c.Active
		}
	}
	return shown, entries == 0 || len(shown) > 0
}

var livePayees = add(&Check{
	ID:    "live-payees",
	Title: "payees and instruments exist in production under their own ids",
	Doc: `Ids of the sandbox mean nothing in production: payouts to them are refused.

Looked at: the production ids given in golive.yaml, there and in the sandbox's recording.
Mend: create payees and instruments again in production and store the new ids.`,
	Items: []Item{LivePayees},
	Live:  true,
	Run: func(t *Trial) {
		if len(t.Open.Production.Payees) == 0 {
			t.Missingf("no production id is given; create a payee and an instrument there and name their ids in golive.yaml, production.payees")
		}
		for _, id := range t.Open.Production.Payees {
			t.exists(id)
		}
	},
})

// shownID is an id, in quotes where one does not see where it ends.
func shownID(id string) string {
	if strings.ContainsAny(id, " \t\n") || id == "" {
		return strconv.Quote(id)
	}
	return id
}

// exists judges one id of a payee or an instrument.
func (t *Trial) exists(id string) {
	route, noun := "person-get", "payee"
	switch {
	case anton.IsID(id, t.Profile.Prefix.Instrument):
		route, noun = "instrument-get", "instrument"
	case !anton.IsID(id, t.Profile.Prefix.Person):
		t.Failf(place("golive.yaml"), "%s is given as a production id, want one that begins with %s or %s", shownID(id), t.Profile.Prefix.Person, t.Profile.Prefix.Instrument)
		return
	}
	if t.inSandbox(id) {
		t.Failf(place("golive.yaml"), "%s %s is one of the sandbox's, want its id in production", noun, id)
		return
	}
	path := strings.Replace(t.Profile.Named(route).Pattern, "{id}", id, 1)
	var asked []*recording.Exchange
	for _, x := range t.Calls(route) {
		switch {
		case x.Request.Path != path:
			continue
		case success(x.Status()):
			t.Saw(x)
			return
		case x.Status() == 404 || x.Status() == 400 || x.Status() == 410:
			t.Failf(x, "%s %s answered %d, want it to exist in production", noun, id, x.Status())
			return
		}
		asked = append(asked, x)
	}
	t.unread("GET "+path, asked)
}

var liveFunds = add(&Check{
	ID:    "live-funds",
	Title: "there is money in each currency that payouts are paid from",
	Doc: `Production begins at zero: without funds the first payout is refused as
insufficient_balance.

Looked at: the answer to GET /v1/balances, for the source currencies of the declared
corridors. Mend: wire funds to the account and wait until they are available.`,
	Items: []Item{FundedAccount},
	Live:  true,
	Run: func(t *Trial) {
		answers := t.replies(anton.BalanceList)
		if len(answers) == 0 {
			t.silent(anton.BalanceList)
			return
		}
		funds := available(answers)
		for _, currency := range t.sources() {
			switch amount, known := funds[currency]; {
			case !known:
				t.Failf(answers[0], "there is no account in %s, want money available in it", currency)
			case !amount.IsPositive():
				t.Failf(answers[0], "%s is available, want more than nothing", inCurrency(currency, amount))
			default:
				t.Saw(answers[0])
			}
		}
	},
})
