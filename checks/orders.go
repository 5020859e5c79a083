package checks

import (
	"cmp"
	"strings"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

// order is a payout request with what several checks ask of its body. A member
// that is missing, or no string, is "".
type order struct {
	*recording.Exchange
	object                       bool // the body is a JSON object
	reference, payee, instrument string
	currency                     string // that the balance is debited in, upper case
}

// requested is what the bodies of all requests say.
type requested struct {
	orders []order
	money  []money
}

// readRequests reads the body of each request once.
func (e *Evidence) readRequests() (r requested) {
	r.orders, r.money = make([]order, 0, len(e.payouts())), make([]money, 0, len(e.payouts()))
	var b body
	for _, x := range e.Exchanges {
		payout := e.Route(x) == anton.PayoutCreate
		amounts := strings.Contains(x.Request.Body.Content(), "amount") && !x.Request.Body.Cut
		if distrusted(x) || !payout && !amounts {
			continue
		}
		whole := b.read(x)
		if payout {
			r.orders = append(r.orders, e.order(x, &b))
		}
		switch {
		case !amounts:
		case whole:
			for _, f := range b.money {
				r.money = append(r.money, f.money)
			}
		case strings.HasPrefix(e.Route(x), "batch-"):
			r.money = append(r.money, moneyRows(x, sheet(x))...)
		}
	}
	return r
}

func (e *Evidence) order(x *recording.Exchange, b *body) order {
	if !b.object {
		return order{Exchange: x}
	}
	return order{
		Exchange: x, object: true, reference: b.named("reference"), payee: b.named(e.Profile.PersonField), instrument: b.named("instrument_id"),
		currency: strings.ToUpper(cmp.Or(b.named("source_currency"), b.named("currency"))),
	}
}
