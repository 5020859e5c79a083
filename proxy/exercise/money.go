package exercise

import (
	"context"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
	"github.com/shopspring/decimal"
)

// Exercises about amounts, balances and the people paid.

func init() {
	plan = append(plan,
		&Exercise{Name: recording.TrapAmounts, Title: "amounts that floats get wrong", Phase: Together, Actions: []string{"pay"}, Lasts: 8 * time.Second, Single: 19 * time.Second, Run: trapAmounts},
		&Exercise{Name: recording.ShortBalance, Title: "an amount above the available balance", Phase: Together, Actions: []string{"pay"}, Lasts: 3 * time.Second, Run: shortBalance},
		&Exercise{Name: recording.HeldBalance, Title: "an amount that only held funds would cover", Phase: Together, Actions: []string{"pay"}, Lasts: 3 * time.Second, Run: heldBalance},
		&Exercise{Name: recording.ExactBalance, Title: "an amount that the balance covers exactly", Phase: Alone, Actions: []string{"pay"}, Steers: true, Lasts: 3 * time.Second, Run: exactBalance},
		&Exercise{Name: recording.SamePayee, Title: "two payouts to the same bank details", Phase: Together, Actions: []string{"pay"}, Lasts: 6 * time.Second, Run: samePayee},
	)
}

// traps are the checklist's amounts (INT-4).
var traps = []string{"0.10", "0.30", "1.10", "4.35", "19.99", "1.01", "100.00", "1234567.89", "999999999.99"}

func trapAmounts(ctx context.Context, b *bench) error {
	return b.sideBySide(ctx, len(traps), func(ctx context.Context, i int) error {
		return b.begin(recording.TrapAmounts, traps[i], b.currency(), nil).whole(ctx)
	})
}

// funds are the bounds of an account since the run began.
type funds struct{ available, total decimal.Decimal }

// survey reads the balances and keeps the highest available and the lowest total
// of each currency: what an app may have read is between them.
func (b *bench) survey(ctx context.Context) error {
	list, err := b.bank.balances(ctx)
	if err != nil {
		return err
	}
	b.fundsMu.Lock()
	defer b.fundsMu.Unlock()
	for _, a := range list {
		f, known := b.funds[a.Currency]
		if !known {
			f = funds{a.Available, a.Total}
		}
		b.funds[a.Currency] = funds{decimal.Max(f.available, a.Available), decimal.Min(f.total, a.Total)}
		mark := facts{"currency": a.Currency, "available": a.Available.String(), "total": a.Total.String()}
		if err := b.writer.Mark(recording.Mark{Kind: recording.MarkBalance, Facts: mark}); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) bounds(currency string) funds {
	b.fundsMu.Lock()
	defer b.fundsMu.Unlock()
	return b.funds[currency]
}

func (b *bench) beyond(ctx context.Context, x recording.Exercise, amount func(funds) decimal.Decimal) error {
	if err := b.survey(ctx); err != nil {
		return err
	}
	currency := b.currency()
	f := b.bounds(currency)
	known := facts{"available": f.available.StringFixed(2), "total": f.total.StringFixed(2)}
	return b.begin(x, amount(f).StringFixed(2), currency, known).whole(ctx)
}

func shortBalance(ctx context.Context, b *bench) error {
	return b.beyond(ctx, recording.ShortBalance, func(f funds) decimal.Decimal {
		return decimal.Max(f.available, f.total).Mul(decimal.NewFromInt(2)).Add(decimal.NewFromInt(1))
	})
}

// heldBalance asks for a little more than what is available: the total only
// shrinks while payouts complete, so the lower end stays between the two longest.
func heldBalance(ctx context.Context, b *bench) error {
	return b.beyond(ctx, recording.HeldBalance, func(f funds) decimal.Decimal {
		return f.available.Add(f.total.Sub(f.available).Div(decimal.NewFromInt(8)).Truncate(2))
	})
}

// exactBalance spends all that is available in the last currency of golive.yaml.
// With one currency alone an answer up to 60 s old may still be in use, so the
// exercise waits until the last one is older.
func exactBalance(ctx context.Context, b *bench) error {
	currency := b.config.Currencies[len(b.config.Currencies)-1]
	if len(b.config.Currencies) == 1 {
		done := b.progress.wait(recording.ExactBalance, "", "balances that the app has read to grow old", time.Minute)
		err := pause(ctx, time.Minute)
		done()
		if err != nil {
			return err
		}
	}
	if err := b.survey(ctx); err != nil {
		return err
	}
	list, err := b.bank.balances(ctx)
	if err != nil {
		return err
	}
	for _, a := range list {
		if a.Currency == currency {
			return b.begin(recording.ExactBalance, a.Available.StringFixed(2), currency, facts{"available": a.Available.StringFixed(2)}).whole(ctx)
		}
	}
	return b.skip(recording.ExactBalance, "Anton holds no "+currency, "name a funded currency in golive.yaml, currencies")
}

func samePayee(ctx context.Context, b *bench) error {
	p, amount := newPerson(), b.amount() // the same amount: a key made of payee and amount stands for both
	first := b.beginFor(p, recording.SamePayee, amount, b.currency(), facts{"case": "first"})
	if err := first.whole(ctx); err != nil {
		return err
	}
	return b.beginFor(p, recording.SamePayee, amount, b.currency(), facts{"case": "second"}).whole(ctx)
}
