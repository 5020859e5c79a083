package checks

import (
	"bytes"
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
	for _, x := range e.Exchanges {
		payout := e.Route(x) == anton.PayoutCreate
		amounts := !x.Request.Body.Cut && bytes.Contains(x.Request.Body.Bytes(), []byte("amount"))
		if distrusted(x) || !payout && !amounts {
			continue
		}
		sent := payload(x)
		if payout {
			r.orders = append(r.orders, e.order(x, sent))
		}
		switch {
		case !amounts:
		case sent != nil:
			r.money = append(r.money, moneyIn(x, sent)...)
		case strings.HasPrefix(e.Route(x), "batch-"):
			r.money = append(r.money, moneyRows(x, sheet(x))...)
		}
	}
	return r
}

func (e *Evidence) order(x *recording.Exchange, sent any) order {
	m, object := sent.(map[string]any)
	o := order{
		Exchange: x, object: object, reference: named(m, "reference"), payee: named(m, e.Profile.PersonField), instrument: named(m, "instrument_id"),
	}
	o.currency = strings.ToUpper(cmp.Or(named(m, "source_currency"), named(m, "currency")))
	return o
}
