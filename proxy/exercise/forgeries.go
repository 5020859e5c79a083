package exercise

import (
	"context"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
	"github.com/anton-payments/golive/proxy/webhook"
)

func init() {
	plan = append(plan, &Exercise{Name: recording.Forged, Title: "forged, stale, odd but genuine deliveries", Phase: Together,
		Actions: []string{"pay"}, Steers: true, Lasts: 8 * time.Second, Single: 22 * time.Second, Run: forgeries})
}

// attempts are the deliveries that the checklist's signature checks want, one
// operation for each variant so that one that takes effect hides no other.
var attempts = []struct {
	variant recording.Variant
	shapes  []string
}{
	{recording.Missing, []string{""}},
	{recording.WrongSecret, []string{""}},
	{recording.Tampered, []string{""}},
	{recording.Stale, []string{"", "hour"}},
	{recording.Future, []string{""}},
	{recording.Malformed, webhook.Malformed},
	{recording.RawBody, []string{""}},
	{recording.HeaderCase, []string{""}},
	{recording.Window, []string{""}},
	{recording.Several, []string{""}},
}

func forgeries(ctx context.Context, b *bench) error {
	return b.sideBySide(ctx, len(attempts), func(ctx context.Context, i int) error {
		return b.forge(ctx, attempts[i].variant, attempts[i].shapes)
	})
}

// forge holds a payout pending and delivers a variant in each of its shapes,
// between two genuine deliveries. A forged one claims that it is completed; the
// odd but genuine ones say what is true.
func (b *bench) forge(ctx context.Context, v recording.Variant, shapes []string) error {
	o := b.ordinary(recording.Forged, facts{"variant": string(v)})
	p, ok, err := o.held(ctx, script{Path: []anton.Status{anton.PendingScreening}})
	if err != nil || !ok {
		return err
	}
	if err := o.control(ctx, p); err != nil {
		return err
	}
	for _, shape := range shapes {
		if err := o.attempt(ctx, p, v, shape); err != nil {
			return err
		}
	}
	return o.control(ctx, p)
}

// control is a genuine delivery that says what the app knows already.
func (o *operation) control(ctx context.Context, p payout) error {
	_, err := o.deliver(ctx, o.event(p, anton.PendingScreening, o.writer.Now()), recording.Genuine, "")
	return err
}

func (o *operation) attempt(ctx context.Context, p payout, v recording.Variant, shape string) error {
	if mustAccept(v) {
		_, err := o.deliver(ctx, o.event(p, anton.PendingScreening, o.writer.Now()), v, shape)
		return err
	}
	before := o.answers(ctx)
	d, err := o.deliver(ctx, o.event(p, anton.Completed, o.writer.Now()), v, shape)
	if err != nil {
		return err
	}
	for _, f := range before {
		f["when"], f["delivery"] = "before", d.ID
		if err := o.mark(recording.MarkAction, f); err != nil {
			return err
		}
	}
	hold := time.Duration(0)
	if d.Status()/100 == 2 {
		hold = 5 * time.Second // an effect may show a moment after the answer
	}
	return o.observe(ctx, hold, facts{"when": "after", "delivery": d.ID})
}

func mustAccept(v recording.Variant) bool {
	switch v {
	case recording.RawBody, recording.HeaderCase, recording.Window, recording.Several:
		return true
	}
	return false
}

// answers are what status and effects say now.
func (o *operation) answers(ctx context.Context) []facts {
	var all []facts
	for _, r := range o.readers() {
		_, f := o.ask(ctx, r.name, r.act)
		all = append(all, f)
	}
	return all
}
