package exercise

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

// One operation at a time: for apps that can do no more, for people, and for
// apps whose payouts carry no reference. What carries nothing of any operation
// then belongs to the one that is under way.

// single reports whether operations run one at a time.
func (b *bench) single() bool { return b.config.Concurrency == 1 || b.alone.Load() }

// goSingle has operations run one at a time from now on, and says why.
func (b *bench) goSingle(why, do string) error {
	if b.alone.Swap(true) {
		return nil
	}
	b.say("! %s: one operation at a time from here on; %s", why, do)
	b.replan()
	return b.writer.Mark(recording.Mark{Kind: recording.MarkNote, Facts: facts{"text": why + ", so operations ran one at a time; " + do}})
}

// replan reckons with one operation at a time in what has not begun.
func (b *bench) replan() {
	for _, x := range b.planned {
		b.progress.change(x.Name, func(s *step) {
			if s.State == Planned {
				s.phase, s.Lasts = Alone, cmp.Or(x.Single, x.Lasts)
			}
		})
	}
}

// enter makes the operation the one that is under way, and its script that of
// payouts which name no other.
func (o *operation) enter(ctx context.Context) error {
	if !o.single() {
		return nil
	}
	o.proxy.Sole(o.reference)
	o.ownersMu.Lock()
	o.current = o.reference
	o.ownersMu.Unlock()
	if o.upstream.Control == "" {
		return nil
	}
	if o.script == nil {
		return o.bank.unsteer(ctx)
	}
	return o.bank.steer(ctx, next, *o.script)
}

// next stands for the payouts that no script's reference names.
const next = "*"

// steer sets the script of the operation's payouts before it pays.
func (o *operation) steer(ctx context.Context, s script) error {
	o.script = &s
	return o.bank.steer(ctx, o.reference, s)
}

// made is what Anton holds of the operation: what carries its reference, and
// what its own requests made.
func (o *operation) made(ctx context.Context) ([]payout, error) {
	named, err := o.bank.payouts(ctx, o.reference)
	if err != nil {
		return nil, err
	}
	all, err := o.bank.payouts(ctx, "")
	for _, p := range all {
		known := slices.ContainsFunc(named, func(n payout) bool { return n.ID == p.ID })
		if !known && o.proxy.Owner(p.ID) == o.reference {
			named = append(named, p)
		}
	}
	return named, err
}

// nameless reports whether payouts came and none carried a reference of the run.
func (b *bench) nameless() bool {
	came, named := false, false
	b.watch.look(func(r *recording.Recording) {
		for _, x := range r.Exchanges {
			if route, _ := b.profile.Route(x.Request.Method, x.Request.Path); route.Name != anton.PayoutCreate {
				continue
			}
			came = true
			carried := string(x.Request.Body.Bytes()) + strings.Join(x.Request.Header["Idempotency-Key"], " ")
			named = named || strings.Contains(carried, b.run+"-")
		}
	})
	return came && !named
}
