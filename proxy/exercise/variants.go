package exercise

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
	"github.com/anton-payments/golive/proxy/webhook"
)

// variant is a delivery that can be sent by hand, in all its shapes.
type variant struct {
	name   recording.Variant
	title  string
	shapes []string
}

var variants = []variant{
	{recording.Genuine, "genuine", []string{""}},
	{recording.Missing, "no signature", []string{""}},
	{recording.WrongSecret, "signed with another secret", []string{""}},
	{recording.Tampered, "changed after signing", webhook.Tampered},
	{recording.Stale, "signed 310 s and 1 h ago", []string{"", webhook.StaleHour}},
	{recording.Future, "signed 310 s ahead", []string{""}},
	{recording.Malformed, "malformed signature, seven ways", webhook.Malformed},
	{recording.RawBody, "genuine, odd white space and escapes", []string{""}},
	{recording.HeaderCase, "genuine, header in lower case", []string{""}},
	{recording.Window, "genuine, signed 240 s ago", []string{""}},
	{recording.Several, "genuine, a foreign v1 first", []string{""}},
	{recording.UnknownEvent, "an event of an unknown type", []string{""}},
}

func (d *desk) deliverVariant(name string) error {
	at := slices.IndexFunc(variants, func(v variant) bool { return string(v.name) == name })
	switch {
	case at < 0:
		return fmt.Errorf("there is no webhook variant %q", name)
	case d.config.Webhook.URL == "":
		return errors.New("golive.yaml has no webhook.url to deliver to")
	case d.upstream.Control == "":
		return errors.New("only with the embedded sandbox does golive know the webhook secret; use upstream: embedded")
	}
	if err := d.free(); err != nil {
		return err
	}
	return d.start(func() error {
		d.delivering.Lock()
		defer d.delivering.Unlock()
		o, p, err := d.pending(d.ctx)
		if err != nil || o == nil {
			return err
		}
		return o.shapes(d.ctx, p, variants[at])
	})
}

// pending is a payment by hand whose payout stands in screening: one that is
// there, or a new one; nil when the app created none.
func (d *desk) pending(ctx context.Context) (*operation, payout, error) {
	d.mu.Lock()
	lent := make([]*operation, 0, len(d.lent))
	for _, o := range d.lent {
		lent = append(lent, o)
	}
	d.mu.Unlock()
	slices.SortFunc(lent, func(a, b *operation) int { return strings.Compare(a.reference, b.reference) })
	for _, o := range lent {
		held, err := d.bank.payouts(ctx, o.reference)
		if err != nil {
			return nil, payout{}, err
		}
		if len(held) > 0 && held[0].Status == string(anton.PendingScreening) {
			return o, held[0], nil
		}
	}
	o := d.lend()
	p, ok, err := o.held(ctx, script{Path: []anton.Status{anton.PendingScreening}})
	if !ok {
		o = nil
	}
	return o, p, err
}

// shapes delivers a variant between two genuine deliveries, as the signature
// checks want it.
func (o *operation) shapes(ctx context.Context, p payout, v variant) error {
	if v.name == recording.Genuine {
		return o.control(ctx, p)
	}
	err := o.control(ctx, p)
	for _, shape := range v.shapes {
		if v.name == recording.UnknownEvent {
			e := o.event(p, anton.PendingScreening, o.writer.Now())
			e.Type = "payout.archived"
			_, failed := o.deliver(ctx, e, v.name, shape)
			err = cmp.Or(err, failed)
			continue
		}
		err = cmp.Or(err, o.attempt(ctx, p, v.name, shape))
	}
	return cmp.Or(err, o.control(ctx, p))
}
