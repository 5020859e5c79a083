package checks

import (
	"github.com/anton-payments/golive/proxy/recording"
)

var webhookDuplicate = add(&Check{
	ID:    "webhook-duplicate",
	Title: "an event that comes again is accepted again",
	Doc: `Anton delivers at least once. A receiver that refuses the second copy is sent a
third one, for ten hours.

Looked at: one event id delivered again, in sequence and twice at once. Mend: look up
the event id first; when it is known, answer 2xx and do nothing.`,
	Items: []Item{Webhooks},
	Needs: []recording.Exercise{recording.Duplicate},
	Run: func(t *Trial) {
		again := t.duplicates()
		for _, d := range again {
			t.Saw(d)
			if !success(d.Status()) {
				t.Failf(d, "%s delivered again %s, want 2xx", d.EventType, reply(d))
			}
		}
		if len(again) == 0 && t.Ran(recording.Duplicate) {
			t.Missingf("no event was delivered again after it had been accepted; see webhook-genuine")
		}
	},
})

var webhookDuplicateEffect = add(&Check{
	ID:    "webhook-duplicate-effect",
	Title: "an event that comes again takes effect once",
	Doc: `A ledger that books payout.completed twice, or an app that pays again, loses the
amount of the payout each time Anton repeats itself.

Looked at: mutations of the operation after the first repeated delivery, and status
and effects before and after. Mend: keep the event ids that were handled, in the same
transaction as what the event changes, with a unique index on the id.`,
	Items: []Item{Webhooks},
	Needs: []recording.Exercise{recording.Duplicate},
	Run: func(t *Trial) {
		judged := map[string]bool{}
		for _, d := range t.duplicates() {
			if d.Operation == "" || judged[d.Operation] {
				continue
			}
			judged[d.Operation] = true
			t.actedAgain(d)
		}
		if len(judged) == 0 && t.Ran(recording.Duplicate) {
			t.Missingf("no event was delivered again after it had been accepted; see webhook-genuine")
		}
	},
})

var webhookOrder = add(&Check{
	ID:    "webhook-order",
	Title: "an older event does not move a payout back",
	Doc: `Deliveries overtake each other. A payout that goes back from completed to
processing is paid out again by hand.

Looked at: an older event, by created_at, delivered after a newer one, and the status
that the app shows then. Mend: keep the created_at of the last event of each payout
and ignore what is older, or read the payout instead of trusting the event.`,
	Items: []Item{Webhooks},
	Needs: []recording.Exercise{recording.OutOfOrder},
	Run: func(t *Trial) {
		late := t.overtaken()
		for _, d := range late {
			if !success(d.Status()) {
				t.Saw(d)
				t.Failf(d, "older %s after a newer event %s, want 2xx", d.EventType, reply(d))
			}
			was, is := t.told("status", d.Operation, "before", ""), t.told("status", d.Operation, "after", "")
			if was == nil || is == nil {
				t.Missingf("the status before and after is not known; give actions.status in golive.yaml")
				continue
			}
			t.Saw(d)
			t.Saw(is)
			if was.Facts["value"] != is.Facts["value"] {
				t.Failf(is, "status went from %q to %q after an older %s, want %q still",
					was.Facts["value"], is.Facts["value"], d.EventType, was.Facts["value"])
			}
		}
		if len(late) == 0 && t.Ran(recording.OutOfOrder) {
			t.Missingf("no older event was delivered after a newer one of the same payout")
		}
	},
})

// actedAgain judges an operation from its first repeated delivery on.
func (t *Trial) actedAgain(first *recording.Delivery) {
	for _, x := range t.Mutations() {
		if x.Operation == first.Operation && x.Start.After(first.Start) {
			t.Saw(x)
			t.Failf(x, "%s %s after %s came again, want no further request", x.Request.Method, x.Request.Path, first.EventType)
		}
	}
	f := t.effect(first.Operation, "")
	if len(f.compared) == 0 {
		t.Missingf("what the event changed is not known; give actions.status or actions.effects in golive.yaml")
		return
	}
	t.Saw(first)
	for _, m := range f.compared {
		t.Saw(m)
	}
	if f.after != nil {
		t.Failf(f.after, "%s after %s came again, want no change", f, first.EventType)
	}
}

// duplicates are the deliveries of exercise duplicate that repeat an event which
// the app had accepted before, in order.
func (e *Evidence) duplicates() []*recording.Delivery {
	accepted := map[string]*recording.Delivery{}
	for _, d := range e.Delivered(recording.Duplicate, recording.Genuine) {
		first := accepted[d.EventID]
		if success(d.Status()) && (first == nil || d.End.Before(first.End)) {
			accepted[d.EventID] = d
		}
	}
	var found []*recording.Delivery
	for _, d := range e.Delivered(recording.Duplicate, recording.Genuine) {
		first := accepted[d.EventID]
		if first != nil && d != first && !d.Start.Before(first.End) && !e.unearned(d) {
			found = append(found, d)
		}
	}
	return found
}

// overtaken are the deliveries of exercise out-of-order that came after a newer
// event of the same operation. An event id that had been delivered before is a
// repetition, not an older event.
func (e *Evidence) overtaken() []*recording.Delivery {
	var found []*recording.Delivery
	newest := map[string]*recording.Delivery{}
	known := map[string]bool{}
	for _, d := range e.Delivered(recording.OutOfOrder, recording.Genuine) {
		n := newest[d.Operation]
		if n != nil && d.CreatedAt.Before(n.CreatedAt) && !known[d.EventID] && !e.unearned(d) {
			found = append(found, d)
		}
		if n == nil || d.CreatedAt.After(n.CreatedAt) {
			newest[d.Operation] = d
		}
		known[d.EventID] = true
	}
	return found
}
