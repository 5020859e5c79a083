package checks

import (
	"slices"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/shopspring/decimal"
)

// What Anton recommends for the first days, as numbers of ours.
const (
	firsts    = 10             // payouts that count as the first ones
	failures  = 5              // per cent of finished payouts that may fail or come back
	retries   = 10             // per cent of deliveries that may be on a further attempt
	troubles  = 1              // per cent of reads that Anton may answer with 5xx or not at all
	stuckTime = 24 * time.Hour // a payout that is pending for longer is stuck
)

var smallStart = add(&Check{
	ID:    "small-start",
	Title: "the first payouts are few, single and of low value",
	Doc: `What is wrong in production shows with the first payouts; a batch of large ones makes the
mistake as often as it has rows.

Looked at: the first 10 payouts in production: their amounts, whether they come from a
batch, and how many were submitted before the first was completed. Mend: pay a few small
invoices one by one, follow each to its end, then go on.`,
	Items: []Item{SmallStart},
	Level: Advice,
	Live:  true, Unless: unwatched,
	Run: func(t *Trial) {
		paid := t.paidOut()
		if len(paid) == 0 {
			t.without(anton.PayoutList, "no payout was made yet")
			return
		}
		slices.SortStableFunc(paid, func(a, b payout) int { return a.created.Compare(b.created) })
		t.Saw(paid[0].exchange)
		first := paid[:min(firsts, len(paid))]
		batched := 0
		for _, p := range first {
			if p.batch != "" {
				batched++
			}
		}
		if p, limit := t.largest(first); p != nil {
			t.Failf(p.exchange, "%s is of %s, want %s or less for each of the first %d", p.id, inCurrency(p.currency, p.amount), inCurrency(p.currency, limit), firsts)
		}
		if batched > 0 {
			t.Failf(paid[0].exchange, "%d of the first %d payouts come from a batch, want single ones", batched, len(first))
		}
		if early := beforeCompleted(paid); early > firsts {
			t.Failf(paid[0].exchange, "%d payouts were submitted before the first was completed, want %d or fewer", early, firsts)
		}
	},
})

// beforeCompleted is how many payouts were made before one was completed.
func beforeCompleted(paid []payout) int {
	var first time.Time
	for _, p := range paid {
		if p.status == anton.Completed && (first.IsZero() || p.ended.Before(first)) {
			first = p.ended
		}
	}
	early := 0
	for _, p := range paid {
		if first.IsZero() || p.created.Before(first) {
			early++
		}
	}
	return early
}

// largest is the first of these payouts that is large, and the limit; nil: none is.
func (e *Evidence) largest(first []payout) (*payout, decimal.Decimal) {
	for i, p := range first {
		if limit, known := e.large(p.currency); known && p.amount.GreaterThan(limit) {
			return &first[i], limit
		}
	}
	return nil, decimal.Zero
}

// large is the amount above which a first payout is large; known is false for a
// currency of no known scale.
func (e *Evidence) large(currency string) (limit decimal.Decimal, known bool) {
	if w := e.Open.Production.Watch; w != nil && w.Large[currency] != "" {
		limit, err := decimal.NewFromString(w.Large[currency])
		return limit, err == nil
	}
	scale, known := anton.Scale(currency)
	switch {
	case scale == 0:
		return decimal.NewFromInt(100_000), known
	case scale > 6:
		return decimal.New(2, -2), known
	}
	return decimal.NewFromInt(1000), known
}

var watchPayouts = add(&Check{
	ID:    "watch-payouts",
	Title: "payouts are completed",
	Doc: `A payee whose money did not come asks the merchant first and pays elsewhere next time.

Looked at: the payouts in production, by status: the share that failed or came back, and
those that are pending for more than a day. Mend: read failure_reason and return_reason;
mostly the bank details are wrong.`,
	Items: []Item{FirstDays},
	Level: Advice,
	Live:  true, Unless: unwatched,
	Run: func(t *Trial) {
		paid := t.paidOut()
		if len(paid) == 0 {
			t.without(anton.PayoutList, "no payout was made yet")
			return
		}
		t.Saw(paid[0].exchange)
		f := t.Figures().Payouts
		lost, ended := f.Failed+f.Returned, f.Completed+f.Failed+f.Returned
		if lost*100 > ended*failures {
			t.Failf(paid[0].exchange, "%d failed and %d returned of %d payouts that ended (%s)%s, want %d %% or fewer",
				f.Failed, f.Returned, ended, percent(lost, ended), reasons(paid), failures)
		}
		if f.Stuck > 0 {
			t.Failf(paid[0].exchange, "pending for more than a day: %d of the payouts, want each to come to an end", f.Stuck)
		}
	},
})

var watchWebhooks = add(&Check{
	ID:    "watch-webhooks",
	Title: "webhook deliveries arrive",
	Doc: `What a failed delivery told, the app does not know: a returned payout stays paid in its
books.

Looked at: the deliveries of the newest events in production, and whether a webhook is
active. Mend: see what the receiver answered; fetch what was missed with GET
/v1/webhooks/events.`,
	Items: []Item{FirstDays},
	Level: Advice,
	Live:  true, Unless: unwatched,
	Run: func(t *Trial) {
		lists := t.replies(anton.SubscriptionList)
		if len(lists) == 0 {
			t.silent(anton.SubscriptionList)
			return
		}
		t.Saw(lists[0])
		if good, bad := t.registered(); len(good)+len(bad) == 0 {
			t.Failf(lists[0], "no active webhook is registered, want one")
		}
		f := t.Figures().Deliveries
		told := f.Delivered + f.Retrying + f.Failed
		if f.Failed > 0 {
			t.Failf(lists[0], "%d of %d deliveries failed for good, want none", f.Failed, told)
		}
		if f.Retrying*100 > told*retries {
			t.Failf(lists[0], "%d of %d deliveries are on a further attempt (%s), want %d %% or fewer", f.Retrying, told, percent(f.Retrying, told), retries)
		}
	},
})

var watchBalances = add(&Check{
	ID:    "watch-balances",
	Title: "there is money for the payouts to come",
	Doc: `A payout above what is available is refused, and so is every one after it.

Looked at: what is available in each source currency against the threshold given with
--low, else against nothing. Mend: wire funds before it is low; a wire takes a day or two.`,
	Items: []Item{FirstDays},
	Level: Advice,
	Live:  true, Unless: unwatched,
	Run: func(t *Trial) {
		answers := t.replies(anton.BalanceList)
		if len(answers) == 0 {
			t.silent(anton.BalanceList)
			return
		}
		t.Saw(answers[len(answers)-1])
		for _, b := range t.Figures().Balances {
			if b.Low {
				t.Failf(answers[len(answers)-1], "%s is available, want %s", inCurrency(b.Currency, b.Available), b.want())
			}
		}
	},
})

var watchErrors = add(&Check{
	ID:    "watch-errors",
	Title: "reads of production are answered",
	Doc: `A rise of 5xx is Anton's to mend, and the sooner it hears of it the better.

Looked at: the answers to golive's own reads since it watches. The app's calls are not
seen: nothing is put before production; count them in the app. Mend: on 5xx tell Anton
with X-Request-Id; on 401 or 403 look at the key; on 429 look less often (--every, --calls)
and at what the app polls.`,
	Items: []Item{FirstDays},
	Level: Advice,
	Live:  true, Unless: unwatched,
	Run: func(t *Trial) {
		f := t.Figures().Reads
		if f.Total == 0 || len(t.Exchanges) == 0 {
			t.Missingf("nothing was read")
			return
		}
		last := t.Exchanges[len(t.Exchanges)-1]
		t.Saw(last)
		if trouble := f.Class5xx + f.Silent; (trouble > 1 || trouble == f.Total) && trouble*100 > f.Total*troubles {
			t.Failf(last, "%d of %d reads were answered 5xx or not at all (%s), want %d %% or fewer", trouble, f.Total, percent(trouble, f.Total), troubles)
		}
		if f.Limited > 1 && f.Limited*100 > f.Total*troubles {
			t.Failf(last, "%d of %d reads were over the rate limit (%s), want %d %% or fewer: the app and golive share it", f.Limited, f.Total, percent(f.Limited, f.Total), troubles)
		}
		if f.Class4xx > 0 {
			t.Failf(last, "%d of %d reads were answered 4xx, want none", f.Class4xx, f.Total)
		}
	},
})

// unwatched keeps the checks of the first days to what golive watch saw.
func unwatched(e *Evidence) string {
	if e.Open.Production == nil || e.Open.Production.Watch == nil {
		return "golive watch looks at the first days"
	}
	return ""
}

// without says why a list gave nothing to look at.
func (t *Trial) without(route, empty string) {
	if len(t.replies(route)) == 0 {
		t.silent(route)
		return
	}
	t.Missingf("%s", empty)
}

// WatchChecks are those of the first days.
func WatchChecks() []*Check {
	return slices.DeleteFunc(All(), func(c *Check) bool {
		return !slices.Contains(c.Items, SmallStart) && !slices.Contains(c.Items, FirstDays)
	})
}
