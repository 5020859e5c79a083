package exercise

import (
	"context"
	"slices"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

// Exercises about a payout's statuses.

func init() {
	plan = append(plan,
		&Exercise{Name: recording.Statuses, Title: "a payout in every status", Phase: Together, Actions: []string{"pay"}, Steers: true, Lasts: 9 * time.Second, Single: 28 * time.Second, Run: everyStatus},
		&Exercise{Name: recording.UnknownStatus, Title: "a status that no document has", Phase: Together, Actions: []string{"pay"}, Steers: true, Lasts: 5 * time.Second, Run: unknownStatus},
	)
}

// still is how long an answer must stay the same to count as the app's last word.
const still = time.Second

func everyStatus(ctx context.Context, b *bench) error {
	targets := append([]anton.Status(nil), b.profile.Checklist...)
	for _, own := range b.profile.Aliases {
		targets = append(targets, own) // both words of one status
	}
	return b.sideBySide(ctx, len(targets), func(ctx context.Context, i int) error { return b.reach(ctx, targets[i]) })
}

// reach walks one payout to a status and reads the app's word for it. The alias
// of a status is shown under the alias' word.
func (b *bench) reach(ctx context.Context, target anton.Status) error {
	o := b.ordinary(recording.Statuses, facts{"status": string(target)})
	s := script{Path: b.profile.Path(target)[1:]}
	if _, alias := b.profile.Aliases[target]; alias {
		s.Show = target
	}
	if err := o.steer(ctx, s); err != nil {
		return err
	}
	if err := o.pay(ctx); err != nil {
		return err
	}
	if err := o.stand(ctx, s); err != nil {
		return err
	}
	if err := o.settle(ctx, quiet); err != nil {
		return err
	}
	return o.observe(ctx, still, nil)
}

// stand waits until the app got its payout through, the payout has come to the
// end of its script at Anton, and the event of it, where there is one, has been
// delivered. A wrong app may never create it.
func (o *operation) stand(ctx context.Context, s script) error {
	const limit = 10 * time.Second
	status := s.Path[len(s.Path)-1]
	o.rest()
	defer o.waits("the payout to be "+string(status)+" and its event answered", o.patience())()
	o.await(ctx, o.passed)
	deadline := time.Now().Add(o.unhurried(limit))
	for time.Now().Before(deadline) {
		held, err := o.bank.payouts(ctx, o.reference)
		if err != nil {
			return err
		}
		if len(held) > 0 && (held[0].Status == string(status) || o.shown(held[0].Status)) {
			break
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	o.watch.until(ctx, max(limit, time.Until(deadline)), func(r *recording.Recording) bool { return s.Silent || !o.subscribed(r) || o.told(r, status) })
	return ctx.Err()
}

// told reports whether the event of a status, where it has one, was delivered.
func (o *operation) told(r *recording.Recording, status anton.Status) bool {
	event := o.profile.Events[status]
	return event == "" || slices.ContainsFunc(r.Deliveries, func(d *recording.Delivery) bool {
		return d.Operation == o.reference && d.EventType == event
	})
}

// shown reports whether a word is one that the sandbox was told to show instead.
func (o *operation) shown(word string) bool { return word == o.facts["status"] }

// unknownStatus shows the app a word that it cannot know: in the create answer,
// in every later one, and in a genuine event.
func unknownStatus(ctx context.Context, b *bench) error {
	const word = anton.Status("on_hold")
	o := b.ordinary(recording.UnknownStatus, facts{"status": string(word)})
	p, ok, err := o.held(ctx, script{Path: []anton.Status{anton.PendingScreening}, Show: word, Silent: true})
	if err != nil || !ok {
		return err
	}
	e := o.event(p, anton.PendingScreening, o.writer.Now())
	e.Data["status"] = string(word)
	if _, err := o.deliver(ctx, e, recording.Genuine, ""); err != nil {
		return err
	}
	return o.observe(ctx, still, nil)
}
