package checks

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
	"github.com/shopspring/decimal"
)

// Figures are what a look at production counts (golive watch).
type Figures struct {
	Payouts    PayoutFigures   `json:"payouts"`
	Deliveries DeliveryFigures `json:"deliveries"`
	Balances   []Balance       `json:"balances"` // by currency
	Reads      ReadFigures     `json:"reads"`
}

// PayoutFigures count the payouts since the watch's beginning.
type PayoutFigures struct {
	Completed int `json:"completed"`
	Failed    int `json:"failed"`
	Returned  int `json:"returned"`
	Cancelled int `json:"cancelled"`
	Pending   int `json:"pending"` // not at an end
	Stuck     int `json:"stuck"`   // pending for more than a day
}

// DeliveryFigures count webhook deliveries, each with all its attempts.
type DeliveryFigures struct {
	Delivered int `json:"delivered"`
	Retrying  int `json:"retrying"` // failed at least once, and to be tried again
	Failed    int `json:"failed"`   // given up
	Unseen    int `json:"unseen"`   // events whose deliveries were not looked at, to spare the rate limit
}

// Balance is what is available in a currency.
type Balance struct {
	Currency  string          `json:"currency"`
	Available decimal.Decimal `json:"available"`
	Threshold decimal.Decimal `json:"threshold"` // zero: none was given
	Low       bool            `json:"low"`
}

// String tells currency, amount and threshold.
func (b Balance) String() string {
	told := inCurrency(b.Currency, b.Available)
	if !b.Threshold.IsZero() {
		told += ", threshold " + inCurrency(b.Currency, b.Threshold)
	}
	return told
}

func (b Balance) want() string {
	if b.Threshold.IsZero() {
		return "more than nothing"
	}
	return inCurrency(b.Currency, b.Threshold) + " or more"
}

// ReadFigures count golive's own reads by answer, since it watches.
type ReadFigures struct {
	Total    int `json:"total"`
	Limited  int `json:"429"` // over the rate limit
	Class4xx int `json:"4xx"` // the others
	Class5xx int `json:"5xx"`
	Silent   int `json:"silent"` // no answer
}

// payout is one as the list shows it.
type payout struct {
	id, batch, currency, reason string
	status                      anton.Status
	amount                      decimal.Decimal
	created, ended              time.Time // ended: when it last changed
	exchange                    *recording.Exchange
}

// paidOut are the payouts listed, each once as it was last shown; those from
// before the watch's beginning are left out.
func (e *Evidence) paidOut() []payout {
	var all []payout
	place := map[string]int{}
	since := time.Time{}
	if w := e.Open.Production.Watch; w != nil {
		since = w.Since
	}
	for _, x := range e.replies(anton.PayoutList) {
		for _, raw := range listed(x.Response) {
			p, ok := payoutOf(raw)
			if !ok || p.created.Before(since) {
				continue
			}
			p.exchange = x
			if i, again := place[p.id]; again {
				all[i] = p
				continue
			}
			place[p.id] = len(all)
			all = append(all, p)
		}
	}
	return all
}

func payoutOf(raw json.RawMessage) (payout, bool) {
	var m map[string]json.RawMessage
	if json.Unmarshal(raw, &m) != nil {
		return payout{}, false
	}
	p := payout{
		id: text(m, "id"), batch: text(m, "batch_id"), status: anton.Status(text(m, "status")),
		currency: orElse(text(m, "source_currency"), text(m, "currency")), reason: orElse(text(m, "failure_reason"), text(m, "return_reason")),
	}
	p.created, _ = time.Parse(time.RFC3339Nano, text(m, "created_at"))
	p.ended, _ = time.Parse(time.RFC3339Nano, text(m, "updated_at"))
	p.amount, _ = decimal.NewFromString(orElse(text(m, "source_amount"), text(m, "amount")))
	return p, p.id != ""
}

// Figures counts what a look at production saw; of a recording of the sandbox
// there are none.
func (e *Evidence) Figures() Figures {
	f := Figures{Balances: []Balance{}}
	if e.Open.Production == nil {
		return f
	}
	for _, p := range e.paidOut() {
		f.Payouts.count(p, e)
	}
	for _, x := range e.replies("webhook-deliveries") {
		for _, raw := range listed(x.Response) {
			f.Deliveries.count(raw)
		}
	}
	for _, m := range e.Marks {
		if m.Kind != recording.MarkReads {
			continue
		}
		n := func(name string) int { n, _ := strconv.Atoi(m.Facts[name]); return n }
		f.Reads = ReadFigures{Total: n("total"), Limited: n("429"), Class4xx: n("4xx"), Class5xx: n("5xx"), Silent: n("silent")}
		f.Deliveries.Unseen = n("unseen")
	}
	f.Balances = e.accounts()
	return f
}

func (f *PayoutFigures) count(p payout, e *Evidence) {
	switch p.status {
	case anton.Completed:
		f.Completed++
	case anton.Failed:
		f.Failed++
	case anton.Returned:
		f.Returned++
	case anton.Cancelled:
		f.Cancelled++
	default:
		f.Pending++
		if e.Open.At.Sub(p.created) > stuckTime {
			f.Stuck++
		}
	}
}

func (f *DeliveryFigures) count(raw json.RawMessage) {
	var d struct {
		Status   string `json:"status"`
		Attempts int    `json:"attempts"`
	}
	if json.Unmarshal(raw, &d) != nil {
		return
	}
	switch {
	case d.Status == "success" || d.Status == "delivered":
		f.Delivered++
	case d.Status == "failed":
		f.Failed++
	case d.Attempts > 1:
		f.Retrying++
	}
}

// accounts are the source currencies' accounts, and any with money or a
// threshold.
func (e *Evidence) accounts() []Balance {
	all := []Balance{}
	replies := e.replies(anton.BalanceList)
	if len(replies) == 0 {
		return all
	}
	funds := available(replies[len(replies)-1:])
	var low map[string]string
	if w := e.Open.Production.Watch; w != nil {
		low = w.Low
	}
	wanted := e.sources()
	for currency, amount := range funds {
		if low[currency] != "" || !amount.IsZero() {
			wanted = append(wanted, currency)
		}
	}
	slices.Sort(wanted)
	for _, currency := range slices.Compact(wanted) {
		b := Balance{Currency: currency, Available: funds[currency]}
		b.Threshold, _ = decimal.NewFromString(low[currency])
		b.Low = b.Available.LessThan(b.Threshold) || !b.Available.IsPositive() && slices.Contains(e.sources(), currency)
		all = append(all, b)
	}
	return all
}

func percent(part, whole int) string {
	if whole == 0 {
		return "none"
	}
	return decimal.NewFromInt(int64(part)*100).DivRound(decimal.NewFromInt(int64(whole)), 1).String() + " %"
}
