package checks

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/anton-payments/golive/proxy/recording"
)

// enoughAmounts is how many trap amounts must have been sent.
const enoughAmounts = 5

var amountString = add(&Check{
	ID:    "amount-string",
	Title: "money is sent as a JSON string",
	Doc: `A JSON number passes through floating point somewhere on the way, and cents are lost.

Looked at: the token of every money field in every request. Mend: keep amounts as strings
or decimals and write them as strings.`,
	Items: []Item{Amounts},
	Run: func(t *Trial) {
		var odd tally
		for _, m := range t.requested().money {
			switch m.kind {
			case "csv":
				continue
			case "string":
			default:
				odd.add(m, m.name+" is a JSON "+m.kind)
			}
			t.Saw(m.Exchange)
		}
		odd.fail(t, `a JSON string such as "100.00"`)
	},
})

// amountDigits is an amount as Anton takes it [A checklist, C OpenAPI Money]: a
// payout is never negative.
var amountDigits = regexp.MustCompile(`^\d{1,12}(\.\d+)?$`)

var amountForm = add(&Check{
	ID:    "amount-form",
	Title: "money is digits, a point and decimals",
	Doc: `An exponent, a thousands separator or a symbol is refused at best, and read as another
amount at worst.

Looked at: the text of every money field in every request and batch file. Mend: format
amounts with a decimal library, without locale.`,
	Items: []Item{Amounts},
	Run: func(t *Trial) {
		var odd tally
		for _, m := range t.requested().money {
			if !m.inString() && m.kind != "number" {
				continue
			}
			t.Saw(m.Exchange)
			if !amountDigits.MatchString(m.token) {
				odd.add(m, fmt.Sprintf("%s is %q", m.name, m.token))
			}
		}
		odd.fail(t, "1 to 12 digits and at most a point with decimals")
	},
})

var amountScale = add(&Check{
	ID:    "amount-scale",
	Title: "money has no more decimals than its currency",
	Doc: `A tenth of a cent cannot be paid. It is rounded somewhere, and the books no longer agree.

Looked at: the decimals of every money field whose currency is known. Mend: round to the
currency's scale before anything is stored or sent.`,
	Items: []Item{Amounts},
	Run: func(t *Trial) {
		finer := map[string]*tally{}
		for _, m := range t.requested().money {
			scale, known := m.scale()
			if !known || !amountDigits.MatchString(m.token) {
				continue
			}
			t.Saw(m.Exchange)
			if decimals(m.token) > scale {
				wanted := fmt.Sprintf("at most %d decimals for %s", scale, m.currency)
				if finer[wanted] == nil {
					finer[wanted] = &tally{}
				}
				finer[wanted].add(m, fmt.Sprintf("%s is %q", m.name, m.token))
			}
		}
		for _, wanted := range slices.Sorted(maps.Keys(finer)) {
			finer[wanted].fail(t, wanted)
		}
	},
})

// decimals are the digits after the point.
func decimals(amount string) int {
	_, after, _ := strings.Cut(amount, ".")
	return len(after)
}

var amountExact = add(&Check{
	ID:    "amount-exact",
	Title: "the amount sent is the amount asked for",
	Doc: `Floating point turns 4.35 into 4.34 and 999999999.99 into a billion: small errors in every
payout, large ones in large payouts.

Looked at: the payout requests for amounts that floating point gets wrong. Mend: parse and
calculate with decimals or whole minor units, never with floats.`,
	Items: []Item{Amounts},
	Needs: []recording.Exercise{recording.TrapAmounts},
	Run: func(t *Trial) {
		t.trapAmounts(func(o *recording.Operation, sent []money) {
			asked, _ := decimalOf(o.Facts["amount"])
			for _, m := range sent {
				if d, _ := decimalOf(m.token); d.Equal(asked) {
					return
				}
			}
			t.Failf(sent[0], "%s %s sent where %s was asked for, want the same amount", sent[0].name, sent[0].token, o.Facts["amount"])
		})
	},
})

var amountCanonical = add(&Check{
	ID:    "amount-canonical",
	Title: "money is written with its currency's decimals",
	Doc: `Anton shows 100.00, never 100 or 100.0. Amounts that are written in several ways do not
match when they are reconciled as text.

Looked at: the payout requests for amounts with trailing zeros. Mend: always write as many
decimals as the currency has.`,
	Items: []Item{Amounts},
	Needs: []recording.Exercise{recording.TrapAmounts},
	Level: Should,
	Run: func(t *Trial) {
		t.trapAmounts(func(_ *recording.Operation, sent []money) {
			for _, m := range sent {
				scale, known := m.scale()
				if d, ok := decimalOf(m.token); known && ok && m.inString() && amountDigits.MatchString(m.token) && decimals(m.token) < scale {
					t.Failf(m, "%s is written %q, want %q", m.name, m.token, d.StringFixed(int32(scale)))
				}
			}
		})
	},
})

// trapAmounts looks at what was sent for each trap amount. An amount that the app
// refuses by itself is left out; too few are missing.
func (t *Trial) trapAmounts(look func(*recording.Operation, []money)) {
	sent, of := 0, map[*recording.Exchange][]money{}
	for _, o := range t.Of(recording.TrapAmounts) {
		for _, x := range t.requests(o) {
			of[x] = nil
		}
	}
	for _, m := range t.requested().money {
		if fields, asked := of[m.Exchange]; asked {
			of[m.Exchange] = append(fields, m)
		}
	}
	for _, o := range t.Of(recording.TrapAmounts) {
		for _, x := range t.requests(o) {
			if fields := meant(o, of[x]); len(fields) > 0 {
				sent++
				t.Saw(x)
				look(o, fields)
				break
			}
		}
	}
	if sent < enoughAmounts && t.Ran(recording.TrapAmounts) {
		t.Missingf("%d of the trap amounts were sent, want %d or more; raise the app's limit for the run", sent, enoughAmounts)
	}
}

// meant are the fields of a payout that can hold the amount asked for: of its
// currency where one has it, else all that are decimals.
func meant(o *recording.Operation, fields []money) []money {
	var readable, matching []money
	for _, m := range fields {
		if _, ok := decimalOf(m.token); !ok {
			continue
		}
		readable = append(readable, m)
		if m.currency == "" || m.currency == strings.ToUpper(o.Facts["currency"]) {
			matching = append(matching, m)
		}
	}
	if len(matching) > 0 {
		return matching
	}
	return readable
}
