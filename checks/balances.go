package checks

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

const (
	freshBalance = 60 * time.Second  // how old a balance may be
	staleBalance = 300 * time.Second // from here on it is none
)

var balanceItems = []Item{Balances, LaunchBalance}

var balanceFirst = add(&Check{
	ID:    "balance-first",
	Title: "the balance is read before each payout",
	Doc: `A payout above the balance is refused; on a day with many, all that come after it too.

Looked at: a successful GET /v1/balances, or of the payout's currency, that ended before
the payout's first attempt, 60 s before it at most. Mend: read the balance before each
payout, or once a minute for all of them.`,
	Items: balanceItems,
	Run: func(t *Trial) {
		balances := t.balances()
		for _, o := range t.firstAttempts() {
			x := o.Exchange
			t.Saw(x)
			age, read := lastBefore(balances, o)
			switch {
			case !read:
				t.Failf(x, "no balance read before this payout, want GET /v1/balances%s in the %s before it", currencyPath(o), seconds(freshBalance))
			case age >= staleBalance:
				t.Failf(x, "balance read %s before this payout, want %s or less", seconds(age), seconds(freshBalance))
			case age > freshBalance:
				t.Advisef(x, "balance read %s before this payout, want %s or less", seconds(age), seconds(freshBalance))
			}
		}
	},
})

// firstAttempts are the first payout requests of each operation; where no
// operation is known, of each reference, or else of each key.
func (e *Evidence) firstAttempts() []*order {
	orders := e.requested().orders
	first, known := []*order{}, make(map[string]bool, len(orders))
	for i := range orders {
		o := &orders[i]
		of := cmp.Or(o.Operation, o.reference, key(o.Exchange))
		if of != "" && known[of] {
			continue
		}
		known[of] = true
		first = append(first, o)
	}
	return first
}

// balances are the balances that the app read, in order of arrival, by currency;
// "" holds those of every currency at once, "*" all.
func (e *Evidence) balances() map[string][]*recording.Exchange {
	read := map[string][]*recording.Exchange{}
	for _, x := range e.Exchanges {
		r := e.Route(x)
		if r != anton.BalanceList && r != anton.BalanceGet || !success(x.Status()) || x.Error != "" || distrusted(x) {
			continue
		}
		_, of, _ := strings.Cut(x.Request.Path, "/v1/balances/")
		of = strings.ToUpper(of)
		read[of], read["*"] = append(read[of], x), append(read["*"], x)
	}
	return read
}

// lastBefore is how long before a payout a balance that covers its currency was
// read.
func lastBefore(balances map[string][]*recording.Exchange, o *order) (age time.Duration, read bool) {
	fitting := [][]*recording.Exchange{balances["*"]}
	if o.currency != "" {
		fitting = [][]*recording.Exchange{balances[""], balances[o.currency]}
	}
	for _, list := range fitting {
		i, _ := slices.BinarySearchFunc(list, o.Start, func(b *recording.Exchange, at time.Time) int { return b.Start.Compare(at) })
		for i--; i >= 0; i-- {
			if list[i].End.After(o.Start) {
				continue
			}
			if d := o.Start.Sub(list[i].End); !read || d < age {
				age, read = d, true
			}
			break
		}
	}
	return age, read
}

func currencyPath(o *order) string {
	if o.currency == "" {
		return ""
	}
	return " or /v1/balances/" + o.currency
}

var balanceShort = add(&Check{
	ID:    "balance-short",
	Title: "no payout is sent that the balance does not cover",
	Doc: `Anton refuses it, and a retry of it, and the customer was told that the money is on its
way.

Looked at: payout requests for an amount above everything that was available during the
run. Mend: compare the amount and its fee with available, as decimals, before sending.`,
	Items: balanceItems,
	Needs: []recording.Exercise{recording.ShortBalance},
	Run:   func(t *Trial) { t.holdsBack(recording.ShortBalance) },
})

var balanceHeld = add(&Check{
	ID:    "balance-held",
	Title: "money on hold does not count as available",
	Doc: `The total includes what is reserved for payouts under way. Who compares with it spends the
same money twice.

Looked at: payout requests for an amount between available and total. Mend: compare with
available, not with total.`,
	Items: balanceItems,
	Needs: []recording.Exercise{recording.HeldBalance},
	Run:   func(t *Trial) { t.holdsBack(recording.HeldBalance) },
})

// holdsBack judges that an amount above the available balance is not sent. The
// control: payouts of other operations were.
func (t *Trial) holdsBack(during recording.Exercise) {
	control := t.paid()
	for _, o := range t.Of(during) {
		attempts := t.requests(o)
		switch {
		case !uncovered(o):
			t.Missingf("the amount of %s, %s %s, was not above what was available, %s; run golive certify again",
				o.Reference, o.Facts["amount"], o.Facts["currency"], o.Facts["available"])
		case len(attempts) > 0:
			t.Failf(attempts[0], "payout of %s %s sent with %s available%s, want no payout request",
				o.Facts["amount"], o.Facts["currency"], o.Facts["available"], ofTotal(o, during))
		case o.Answered == nil, o.Answered.Facts["error"] != "", o.Settled == nil:
			t.Missingf("the pay action of %s did not answer, so it says nothing that no payout came; see that it does", o.Reference)
		case control == nil:
			t.Missingf("no payout was accepted at all, so it says nothing that %s led to none; see that the pay action leads to payouts", o.Reference)
		default:
			t.Saw(o)
			t.Saw(control)
		}
	}
}

// paid is the first payout that was accepted; nil when there was none.
func (e *Evidence) paid() *recording.Exchange {
	for _, x := range e.payouts() {
		if success(x.Status()) {
			return x
		}
	}
	return nil
}

// uncovered reports whether an operation's amount was above what was available.
func uncovered(o *recording.Operation) bool {
	amount, ok := decimalOf(o.Facts["amount"])
	available, known := decimalOf(o.Facts["available"])
	return ok && known && amount.GreaterThan(available)
}

func ofTotal(o *recording.Operation, during recording.Exercise) string {
	if during == recording.HeldBalance && o.Facts["total"] != "" {
		return " of " + o.Facts["total"] + " in total"
	}
	return ""
}

var balanceExact = add(&Check{
	ID:    "balance-exact",
	Title: "a balance that just suffices is enough",
	Doc: `An app that compares as floats, or with less where it should be less or equal, leaves
payouts undone that are covered.

Looked at: an operation whose amount and fee are exactly what is available. Mend: compare
as decimals, and send when available is equal or more.`,
	Items: balanceItems,
	Needs: []recording.Exercise{recording.ExactBalance},
	Level: Should,
	Run: func(t *Trial) {
		for _, o := range t.Of(recording.ExactBalance) {
			attempts := t.requests(o)
			switch {
			case len(attempts) > 0:
				t.Saw(attempts[0])
			case o.Answered == nil, o.Answered.Facts["error"] != "", o.Settled == nil:
				t.Missingf("the pay action of %s did not answer, so it says nothing that no payout came; see that it does", o.Reference)
			default:
				t.Saw(o)
				t.Failf(o, "no payout of %s %s though the balance covers it exactly, want it sent", o.Facts["amount"], o.Facts["currency"])
			}
		}
	},
})
