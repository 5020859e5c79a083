package checks

import (
	"strings"

	"github.com/anton-payments/golive/proxy/recording"
)

var amountSource = add(&Check{
	ID:    "amount-source",
	Title: "the source keeps money out of floating point",
	Doc: `0.1 + 0.2 is not 0.3: a sum of floats is a cent off sooner or later, and a payout of
a cent less is a payout that does not match its invoice.

Looked at: the files of app.source, searched for float parsing and float-typed money.
Mend: keep amounts as strings or decimals (decimal.js, Decimal, BigDecimal, shopspring
decimal) from the form to the request.`,
	Items: []Item{Amounts},
	Level: Advice,
	Unless: func(e *Evidence) string {
		if e.tree("source") == nil {
			return "no app.source is given"
		}
		return ""
	},
	Run: func(t *Trial) {
		t.searched("source")
		for _, f := range t.Findings {
			if f.Kind == floatMoney && strings.HasPrefix(f.Place, "src:") {
				t.Failf(f, "%s, want a decimal type", floating(f))
			}
		}
	},
})

// floatMoney is the kind of a finding of money in floating point.
const floatMoney = "float-money"

func floating(f *recording.Finding) string {
	if f.Note == "" {
		return "money in floating point"
	}
	return "money in floating point (" + f.Note + ")"
}
